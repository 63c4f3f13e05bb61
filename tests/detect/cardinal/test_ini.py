import pytest

from detect.cardinal.ini import parse
from records.source import BadInput


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("", {}),
        ("; nothing\n# at all", {}),
        ("[R028]", {"R028": {}}),
        ("currency=USD", {"": {"currency": "USD"}}),
        ("[ R003 ]\n Licitación de Seguros : 10 ", {"R003": {"Licitación de Seguros": "10"}}),
        ("[R003]\nthreshold = 15 # default", {"R003": {"threshold": "15"}}),
        ("[R003]\nprocurement_methods = open;limited", {"R003": {"procurement_methods": "open;limited"}}),
        ("[R003]\nprocurement_methods = # none", {"R003": {"procurement_methods": ""}}),
        ("[R003]\nprocurement_methods = 'a ; b'", {"R003": {"procurement_methods": "a ; b"}}),
        ('[R003]\nprocurement_methods = "a \\" b" c', {"R003": {"procurement_methods": 'a " b c'}}),
        ("[R003]\nprocurement_methods = a\\;\\\\b", {"R003": {"procurement_methods": "a;\\b"}}),
        ("[R003]\nthreshold = 1\nthreshold = 2", {"R003": {"threshold": "2"}}),
    ],
)
def test_sections_properties_and_comments(text: str, sections: dict[str, dict[str, str]]) -> None:
    assert parse(text, "settings.ini") == sections


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[R003", r"no closing bracket \(settings.ini, line 1\)"),
        ("\nthreshold", r"no property \(settings.ini, line 2\)"),
        ("= 3", "no property"),
        ("[R003]\n[R018]\n[R003]", r"stands twice \(settings.ini, line 3\)"),
    ],
)
def test_what_is_neither_is_refused(text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        parse(text, "settings.ini")
