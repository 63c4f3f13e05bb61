import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit as st
from markupsafe import Markup
from streamlit.testing.v1 import AppTest

from detect.kept import save
from detect.rule import all_rules
from detect.score import score
from records.source import UNREADABLE, Raw
from records.store import Store
from records.tables import market_of

ROOT = Path(__file__).parents[2]
PAGES = sorted(p.name for p in (ROOT / "app_pages").glob("[0-9][0-9]_*.py"))
QUEUE, CASE, COVERAGE = "10_queue.py", "20_case.py", "30_coverage.py"
LEADS = {"en": "nobody is accused", "zh": "不指控任何单位或个人"}


@pytest.fixture(scope="module", autouse=True)
def _caches() -> Iterator[None]:
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(autouse=True)
def _desk(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(workspace))


def opened(file: str, lang: str, **address: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.switch_page(f"app_pages/{file}")
    for name, value in {"lang": lang, **address}.items():
        at.query_params[name] = value
    return at.run()


def asked(at: AppTest, name: str) -> list[str]:
    found = at.query_params[name]
    return [found] if isinstance(found, str) else list(found)


def button(at: AppTest, label: str) -> Any:
    return next(b for b in at.button if b.label == label)


def shown(at: AppTest) -> str:
    assert not at.exception
    html = [str(Markup(x.proto.body).striptags()) for x in at.get("html")]
    kinds = (at.markdown, at.subheader, at.caption, at.info, at.success, at.error, at.text)
    texts = [x.value for kind in kinds for x in kind]
    return "\n".join([*html, *texts, *(x.value for x in at.code)])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_and_says_that_nobody_is_accused(page: str, lang: str) -> None:
    assert LEADS[lang] in shown(opened(page, lang))


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_workspace_says_which_commands_to_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(tmp_path))
    text = shown(opened(page, "en"))
    assert "make demo\nmake app" in text
    assert f"bidlens score -w {tmp_path}" in text


def test_a_market_without_alerts_is_not_called_clean(
    lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = {"tenders": pl.DataFrame({"tender_id": ["T"], "batch_id": ["b"]})}
    Store.open_or_create(tmp_path).take("test", [Raw(quiet, UNREADABLE.to_frame())])
    save(score(market_of(**quiet), rules=[all_rules()["E01"]], records_version=1), tmp_path)
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(tmp_path))
    said = {"en": "No alert does not mean clean", "zh": "没有线索不等于无问题"}
    assert said[lang] in shown(opened(QUEUE, lang))


def test_a_case_says_that_an_amount_may_stand_in_another_unit(
    lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {
        "tenders": pl.DataFrame({"tender_id": ["T"], "ceiling": [5_000_000], "batch_id": ["b"]}),
        "bids": pl.DataFrame({"tender_id": ["T"] * 3, "bid_id": ["a", "b", "c"], "bidder_id": ["A", "B", "C"],
                              "amount": [4_800_000, 4_900_000, 490], "batch_id": ["b"] * 3}),
    }  # fmt: skip
    Store.open_or_create(tmp_path).take("test", [Raw(made, UNREADABLE.to_frame())])
    save(score(market_of(**made), rules=[all_rules()["Q02"]], records_version=1), tmp_path)
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(tmp_path))
    text = shown(opened(CASE, lang, tender="T"))
    assert {"en": "Check the unit of the amounts first", "zh": "请先核对金额单位"}[lang] in text
    assert "C 490" in text
    assert {"en": "not scored", "zh": "未计算"}[lang] in text


def test_who_else_holds_a_value_is_named_once_somebody_asks(
    lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bids = [("T", "A"), ("T", "B"), ("S", "C")]
    days = {"S": datetime(2024, 1, 1, tzinfo=UTC), "T": datetime(2024, 3, 1, tzinfo=UTC)}
    made = {
        "tenders": pl.DataFrame({"tender_id": list(days), "deadline_at": list(days.values())}),
        "bids": pl.DataFrame(bids, ["tender_id", "bidder_id"], orient="row").with_columns(
            bid_id=pl.concat_str("tender_id", "bidder_id")),
        "bidders": pl.DataFrame({"bidder_id": ["A", "B", "C"], "name": ["Alpha", "Beta", "Gamma & Sons"]}),
        "identifiers": pl.DataFrame(bids, ["tender_id", "bidder_id"], orient="row").with_columns(
            kind=pl.lit("boq_lock"), value=pl.lit("GL00012345")),
    }  # fmt: skip
    Store.open_or_create(tmp_path).take("test", [Raw(made, UNREADABLE.to_frame())])
    save(score(Store(tmp_path).market(), rules=[all_rules()["E04"]], records_version=1), tmp_path)
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(tmp_path))
    at = opened(CASE, lang, tender="T")
    assert "Gamma" not in shown(at)
    at.toggle(key="holders_T").set_value(True).run()
    assert {"en": "The others: Gamma & Sons", "zh": "其余：Gamma & Sons"}[lang] in shown(at)
    assert not opened(CASE, lang, tender="S").toggle


def rows(at: AppTest) -> list[dict[str, Any]]:
    assert not at.exception
    return list(json.loads(at.get("bidi_component")[0].proto.json)["rows"])


def test_the_queue_sends_one_page_and_counts_the_rest(lang: str) -> None:
    at = opened(QUEUE, lang)
    assert len(rows(at)) == 50
    assert "62" in shown(at)


def test_filters_come_from_the_address_and_go_back_to_it() -> None:
    at = opened(QUEUE, "en", level="RED")
    assert len(rows(at)) == 2
    assert "filtered 60" in shown(at)
    at.multiselect(key="filter_rule").set_value(["E04"]).run()
    assert asked(at, "rule") == ["E04"]
    assert len(rows(at)) == 1


def test_pages_turn_and_a_new_filter_goes_back_to_the_first() -> None:
    at = opened(QUEUE, "en")
    button(at, "Next").click().run()
    assert asked(at, "page") == ["2"]
    assert len(rows(at)) == 12
    at.multiselect(key="filter_level").set_value(["ORANGE"]).run()
    assert "page" not in at.query_params


def test_filters_that_match_nothing_can_be_cleared() -> None:
    at = opened(QUEUE, "en", q="no such tender")
    assert "No alert matches" in shown(at)
    button(at, "Clear filters").click().run()
    assert "q" not in at.query_params
    assert len(rows(at)) == 50


@pytest.mark.parametrize("address", [{"level": "PURPLE"}, {"page": "-3"}, {"page": "999"}, {"order": "x"}])
def test_nonsense_in_the_address_is_harmless(address: dict[str, str]) -> None:
    assert rows(opened(QUEUE, "en", **address))


def test_the_case_reads_from_headline_to_bids(lang: str) -> None:
    at = opened(CASE, lang, tender="RING")
    text = shown(at)
    expected = {
        "en": ["Red", "Same authoring device", "Innocent reading", "Each side on record", "Law it speaks of",
               "What could not be checked", "Deposit from the same account", "1 more without an amount"],
        "zh": ["红", "投标文件制作设备三码一致", "可能的正当解释", "各方记录", "相关规定",
               "无法检查的内容", "保证金", "另有 1 份投标没有金额记录"],
    }  # fmt: skip
    figures = {"en": ["CNY 5,000,000", "Beijing time"], "zh": ["5,000,000 元", "北京时间"]}
    for words in [*expected[lang], *figures[lang], "甘肃甲建设有限公司", "1C-69-7A-00-01"]:
        assert words in text
    assert at.dataframe[0].value.shape[0] == 5


def test_an_unknown_tender_leads_back() -> None:
    assert "no tender with the number NOPE" in shown(opened(CASE, "en", tender="NOPE"))


def test_hostile_text_shows_as_text(hostile: str, lang: str) -> None:
    at = opened(CASE, lang, tender="HOSTILE")
    bodies = "".join(x.proto.body for x in at.get("html"))
    assert "<img" not in bodies
    assert "&lt;img src=x onerror=alert(1)&gt; **bold** :smile: $x^2$" in bodies
    assert "\u202e" not in bodies
    assert not any("<img" in x.value for x in at.markdown)
    assert hostile.partition("\u202e")[0] in at.dataframe[0].value["name"][0]


def test_coverage_names_what_is_missing(lang: str) -> None:
    at = opened(COVERAGE, lang)
    counts = at.dataframe[0].value.set_index("rule_id")
    missing = {"en": "account that paid the deposit", "zh": "保证金转出账户"}
    assert counts.loc["M01", "not_evaluable"] == 62
    assert missing[lang] in shown(at)


def test_a_page_number_of_any_length_shows_a_page() -> None:
    assert rows(opened(QUEUE, "en", page="9" * 5_000))


def test_a_chinese_case_calls_no_column_by_its_english_name() -> None:
    text = shown(opened(CASE, "zh", tender="RING"))
    assert not re.findall(r"\b(?:amount|ceiling|jurisdiction|mandatory|mechanism|procurement|status)\b", text)
