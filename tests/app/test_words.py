import ast
import re
from pathlib import Path

import pytest

import features
from app_pages.words import LANGUAGES, Words, texts
from detect.document import LEVELS_ZH, MECHANISMS_ZH
from detect.rule import all_rules
from features.catalogue import CATALOGUE, Grain
from records.discovery import discover
from records.tables import BidStatus, Mechanism

ROOT = Path(__file__).parents[2]
CODE = [ROOT / "app.py", *sorted((ROOT / "app_pages").glob("*.py"))]


def test_every_text_has_both_languages_and_the_same_places() -> None:
    for key, text in texts().items():
        assert set(text) == set(LANGUAGES), key
        assert text["zh"].count("{") == text["en"].count("{"), key


def test_every_key_in_the_code_has_words_and_no_words_lie_unused() -> None:
    asked, parts = _keys()
    assert asked <= set(texts())
    unused = {k for k in texts() if k not in asked and k.partition(".")[0] not in parts}
    assert not unused


def test_words_of_the_contract() -> None:
    asked = [f"mechanism.{m}" for m in Mechanism] + [f"status.{s}" for s in BidStatus]
    assert set(asked) <= set(texts())


def test_every_page_has_a_name() -> None:
    stems = [p.stem[3:] for p in (ROOT / "app_pages").glob("[0-9][0-9]_*.py")]
    assert {f"page.{s}" for s in stems} == {k for k in texts() if k.startswith("page.")}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_rules_read_is_never_shown_as_a_raw_name(lang: str) -> None:
    w = Words(lang)
    inputs = {i for r in all_rules().values() for i in r.inputs}
    assert not [i for i in inputs if w.column(i) in {i, i.replace("_", " ")} and i not in {"amount", "round"}]


def test_every_unit_is_translated() -> None:
    discover(features)
    units = {c.unit for g in Grain for c in CATALOGUE.columns(g).values() if c.unit}
    assert not {u for u in units if f"unit.{u}" not in texts()}


def test_an_unknown_key_says_where_to_add_it() -> None:
    with pytest.raises(KeyError, match=r"No words for 'no\.such'; add it to words\.toml"):
        Words("en")("no.such")


def _keys() -> tuple[set[str], set[str]]:
    nodes = [n for f in CODE for n in ast.walk(ast.parse(f.read_text("utf-8")))]
    calls = [
        n for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "w"
    ]
    texts_in = [t for c in calls for t in ast.walk(c.args[0]) if isinstance(t, ast.Constant)]
    whole = {str(t.value) for t in texts_in if re.fullmatch(r"[a-z]+\.\w+", str(t.value))}
    heads = [n.values[0] for n in nodes if isinstance(n, ast.JoinedStr)]
    parts = {str(h.value).partition(".")[0] for h in heads if isinstance(h, ast.Constant)}
    return whole, parts


def test_levels_and_mechanisms_are_called_as_in_the_rule_pages() -> None:
    said = {key: text["zh"] for key, text in texts().items()}
    assert {n: said[f"level.{n}"] for n in LEVELS_ZH} == LEVELS_ZH
    assert {m: said[f"mechanism.{m}"] for m in MECHANISMS_ZH} == MECHANISMS_ZH
