import ast
import re
import tomllib
from pathlib import Path

import pytest

import app_pages.words
from cases.act import Kind
from cases.package.words import Words, shared, texts
from cases.tables import Alert
from cases.workflow import REASONS, State
from detect.rule import all_rules
from records.tables import SCHEMAS, BidStatus, Mechanism

ROOM = Path(__file__).parents[3] / "cases"
CODE = [*(ROOM / "package").glob("*.py"), ROOM / "export.py", ROOM / "alerting_info.py"]


def test_every_text_has_both_languages_and_the_same_places() -> None:
    for key, text in texts().items():
        assert set(text) == {"zh", "en"}, key
        assert sorted(re.findall(r"{\w*}", text["zh"])) == sorted(re.findall(r"{\w*}", text["en"])), key


def test_every_key_in_the_code_has_words() -> None:
    nodes = [n for f in CODE for n in ast.walk(ast.parse(f.read_text("utf-8")))]
    constants = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    sections = {key.partition(".")[0] for key in texts()}
    asked = {
        c for c in constants if re.fullmatch(r"[a-z]+\.[a-z_0-9]+", c) and c.partition(".")[0] in sections
    }
    assert {a for a in asked - set(texts()) if not a.endswith("_")} <= {"report.pdf", "report.typ"}


def test_what_the_screen_says_in_the_same_words_is_written_here_only() -> None:
    own = tomllib.loads(app_pages.words.FILE.read_text("utf-8"))
    both = [(s, k) for s, section in shared().items() for k in section if k in own.get(s, {})]
    assert [(s, k) for s, k in both if shared()[s][k] == own[s][k]] == []
    assert {s for s, _ in both} <= {"column"}


def test_all_codes_have_words() -> None:
    known = set(texts())
    assert {f"state.{s}" for s in State} | {f"event.{k}" for k in Kind} <= known
    assert {f"ground.{r}" for of in REASONS.values() for r in of if not r.startswith("FX")} <= known
    assert {f"mechanism.{m}" for m in Mechanism} | {f"status.{s}" for s in BidStatus} <= known


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_rules_read_is_never_a_raw_name(lang: str) -> None:
    w = Words(lang)
    inputs = {i for r in all_rules().values() for i in r.inputs}
    raw = {i for i in inputs if w.column(i) == i.replace("_", " ")}
    # Columns of the records, whose names are words in English.
    assert raw <= (
        set(SCHEMAS["tenders"].columns()) | set(SCHEMAS["bids"].columns()) if lang == "en" else set()
    )


def test_an_unknown_key_says_where_to_add_it() -> None:
    with pytest.raises(KeyError, match=r"No words for 'no\.such'; add it to words\.toml"):
        Words("en")("no.such")


def test_a_code_without_words_reads_as_it_is() -> None:
    assert Words("en").of("event", "something_new") == "something new"
    assert Words("zh").of("mechanism", None) == "无记录"


def test_figures_that_are_none_are_said_to_be() -> None:
    w = Words("en")
    assert [w.quantity("", x) for x in (float("nan"), float("inf"), None, True, 1234.5, 0.00001)] == [
        "nan", "inf", "not on record", "yes", "1,234", "1.00e-05",
    ]  # fmt: skip


def test_exported_columns_have_words() -> None:
    columns = {c.key for c in Alert.__table__.columns}
    from cases.export import COLUMNS

    assert set(COLUMNS) <= columns
    assert {f"column.{c}" for c in COLUMNS} <= set(texts())
