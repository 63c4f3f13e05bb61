from pathlib import Path

import pytest

from detect.cardinal.settings import from_sections, read, several
from records.source import BadInput

FULL = """\
currency = USD
no_price_comparison_procurement_methods = Random Selection
price_comparison_procurement_methods = Reverse Auction
[output]
info_currency_mismatches = yes
[defaults]
party_roles = true
[redactions]
amount = 0
[corrections]
award_status_by_contract_status = on
[modifications]
move_auctions = false
[codelists.bid_status]
qualified = valid
[exclusions]
procurement_method_details = Random Selection|Sorteo
[R003]
threshold = -3
[R003.procurement_method_details]
emergency = 10
[R025]
percentile = 80
threshold = 5e-2
[R028]
"""


def test_one_file_serves_correcting_and_computing(tmp_path: Path) -> None:
    file = tmp_path / "settings.ini"
    file.write_text(FULL, encoding="utf-8")
    found = read(file)
    assert found.indicators == {
        "R003": {"threshold": -3, "procurement_method_details": {"emergency": 10}},
        "R025": {"percentile": 80, "threshold": 0.05},
        "R028": {},
    }
    assert (found.currency, found.quiet) == ("USD", True)
    assert found.excluded == {"Random Selection", "Sorteo"}


@pytest.mark.parametrize(
    ("text", "members"),
    [("", set()), ("open", {"open"}), ("open|", {"open"}), ("|open", {"", "open"}), ("a||b", {"a", "", "b"})],
)
def test_lists_are_separated_by_pipes(text: str, members: set[str]) -> None:
    assert several(text) == members


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        ({"R004": {}}, r"There is no section \[R004\] .*Choose among .*\[R003\]"),
        ({"": {"curency": "USD"}}, "The top of the file takes no 'curency' .*It takes currency, "),
        ({"R028": {"threshold": "1"}}, "takes no 'threshold' .*It takes nothing"),
        ({"R003": {"threshold": "1.5"}}, "Give a whole number"),
        ({"R003": {"threshold": "1_5"}}, "Give a whole number"),
        ({"R035": {"threshold": "-1"}}, "Give a whole number from 0 up"),
        ({"R024": {"threshold": "5 %"}}, "Give a number"),
        ({"R024": {"threshold": "1_0"}}, "Give a number"),
        ({"output": {"info_currency_mismatches": "maybe"}}, "Give true or false"),
    ],
)
def test_the_unknown_is_refused_with_what_is_known(sections: dict[str, dict[str, str]], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        from_sections(sections)


def test_words_stand_for_numbers() -> None:
    found = from_sections({"R035": {"threshold": "on"}, "R058": {"threshold": "No"}})
    assert found.indicators == {"R035": {"threshold": 1}, "R058": {"threshold": 0.0}}


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "none.ini")


@pytest.mark.parametrize(
    ("top", "method", "compared"),
    [
        ({}, None, True),
        ({"no_price_comparison_procurement_methods": "N"}, "N", False),
        ({"no_price_comparison_procurement_methods": "N"}, None, True),
        ({"price_comparison_procurement_methods": "Y"}, None, False),
        ({"price_comparison_procurement_methods": "Y"}, "N", False),
        (
            {"price_comparison_procurement_methods": "Y", "no_price_comparison_procurement_methods": "Y"},
            "Y",
            True,
        ),
    ],
)
def test_prices_are_compared_where_the_method_allows(
    top: dict[str, str], method: object, compared: bool
) -> None:
    assert from_sections({"": top}).compares(method) is compared
