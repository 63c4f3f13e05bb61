import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit as st
from markupsafe import Markup
from streamlit.testing.v1 import AppTest

from cases.database import VARIABLE
from models.compare import MAIN, TABLE
from models.promotion import NoEarlierChampionError, WorseThanChampionError
from models.scorer import all_models
from models.versions import VERSIONS
from records.checks import FINDING, LOOK_ALIKE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _caches() -> Iterator[None]:
    yield
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def _desk(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(workspace))
    monkeypatch.delenv(VARIABLE, raising=False)
    yield
    st.cache_data.clear()  # a test may put other versions in place of those on record


def opened(page: str, lang: str, role: str = "Lead", **address: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = "en"
    if role != "Lead":
        at.run().radio(key="acting_as.en").set_value(role).run()
    at.switch_page(f"app_pages/{page}.py")
    for name, value in {"lang": lang, **address}.items():
        at.query_params[name] = value
    return at.run()


def shown(at: AppTest) -> str:
    assert not at.exception
    html = [str(Markup(x.proto.body).striptags()) for x in at.get("html")]
    texts = [x.value for kind in (at.markdown, at.caption, at.subheader, at.info, at.success) for x in kind]
    return "\n".join([*html, *texts])


def rows(at: AppTest) -> dict[str, list[list[dict[str, Any]]]]:
    assert not at.exception
    return {r["id"]: r["cells"] for r in json.loads(at.get("bidi_component")[0].proto.json)["rows"]}


def test_rules_are_listed_with_what_came_of_them(lang: str) -> None:
    listed = rows(opened("50_rules", lang))
    assert listed["E01"][3][0]["text"] == "1"
    assert "max_spread 0.05" in listed["Q02"][2][0]["text"]


def test_rules_are_found_by_words_and_level() -> None:
    found = rows(opened("50_rules", "en", level="RED", q="account"))
    assert "M01" in found
    assert {level["tone"] for (level,), *_ in found.values()} == {"RED"}
    assert "No rule matches" in shown(opened("50_rules", "en", q="no such rule"))


def test_a_rule_is_read_in_full(lang: str) -> None:
    text = shown(opened("50_rules", lang, rule="Q02"))
    for words in {
        "en": ["Law", "Innocent reading", "max_spread"],
        "zh": ["法律依据", "可能的正当解释", "理由"],
    }[lang]:
        assert words in text
    assert not re.search(r"\{\w", text)


def test_another_limit_is_tried_and_nothing_is_saved(workspace: Path) -> None:
    before = sorted(p.name for p in (workspace / "runs").iterdir())
    at = opened("50_rules", "en", rule="Q02")
    at.text_input[0].set_value("0.001, 0.9")
    at.button[-1].click().run()
    assert not at.exception
    counts = at.dataframe[-1].value
    assert counts["value"].to_list() == ["0.001", "0.9"]
    assert counts["hit"][0] <= counts["hit"][1]
    assert sorted(p.name for p in (workspace / "runs").iterdir()) == before
    for nonsense, rule in (("a few", "Q02"), ("2.5", "B01")):
        at = opened("50_rules", "en", rule=rule)
        at.text_input[0].set_value(nonsense)
        at.button[-1].click().run()
        assert "Please give numbers" in at.warning[0].value


def test_parameter_sets_are_told(workspace: Path) -> None:
    file = workspace / "parameters.toml"
    file.write_text(
        '[gansu]\njurisdiction = "CN-62"\nvalid_from = 2025-01-01\nowner = "centre"\nreason = "trial"\n'
        "[gansu.rules.Q02]\nmax_spread = 0.03\n"
    )
    try:
        at = opened("50_rules", "en")
        assert "Q02: max_spread 0.03" in shown(at)
        assert rows(at)["Q02"][2][1]["text"] == "Changed by gansu"
        assert "gansu: 0.03" in shown(opened("50_rules", "en", rule="Q02"))
    finally:
        file.unlink()


def _versions(_: Any) -> pl.DataFrame:
    made = pl.Series([0]).cast(pl.Datetime("us", "UTC")).item()
    figures = '{"test_average_precision": 0.5, "scored_tenders": 60}'
    rows = [("ecod", 2, made, "challenger", "1", None, "r", figures),
            ("ecod", 1, made, "champion", "1", "first version", "r", figures)]  # fmt: skip
    return pl.DataFrame(rows, VERSIONS, orient="row")


def test_a_workspace_without_models_says_how_to_train_one(lang: str) -> None:
    text = shown(opened("60_models", lang))
    assert ("No model was trained yet" if lang == "en" else "还没有训练过模型") in text


def test_only_those_who_may_promote_and_it_takes_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    promoted: list[str] = []

    def promote(_: Path, model: str, **__: Any) -> int:
        promoted.append(model)
        return 2

    monkeypatch.setattr("models.versions.versions", _versions)
    monkeypatch.setattr("models.promotion.promote", promote)
    st.cache_data.clear()
    assert "may not promote models. These may: Data scientist." in shown(opened("60_models", "en"))

    at = opened("60_models", "en", role="Data scientist")
    assert at.dataframe[0].value["average_precision"].to_list() == [0.5, 0.5]
    at.button[0].click().run()
    assert "at least" in at.warning[0].value
    at.text_input[0].set_value("better on the test")
    at.button[0].click().run()
    assert promoted == ["ecod"]
    assert "is the champion now" in shown(at)


def test_what_a_change_of_champion_is_held_back_by_is_said_in_chinese(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = pl.DataFrame([(MAIN, 0.5, 0.25, -0.25, -0.5, -0.125)], TABLE, orient="row")

    def promote(workspace: Path, *_: Any, **__: Any) -> int:
        raise WorseThanChampionError(table, workspace)

    def rollback(workspace: Path, _: Any) -> Any:
        raise NoEarlierChampionError(workspace)

    monkeypatch.setattr("models.versions.versions", _versions)
    monkeypatch.setattr("models.promotion.promote", promote)
    monkeypatch.setattr("models.promotion.rollback", rollback)
    st.cache_data.clear()
    at = opened("60_models", "zh", role="Data scientist")
    at.text_input[0].set_value("测试结果更好")
    at.button[0].click().run()
    assert at.error[0].value == "候选版本在测试集上更差，未启用。"
    assert "平均精确率0.50.25-0.25-0.5-0.125" in shown(at)
    at.button[1].click().run()
    assert at.error[0].value == "此前没有启用过其他版本，无法恢复。请先训练并启用模型。"


def test_why_the_champion_changed_is_told_in_chinese(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes = [
        {"at": "2026-01-02T03:04:05+00:00", "name": "ecod", "version": 1, "why": why}
        for why in ("fetched", "rollback from ecod 2", "forced: 现场需要")
    ]
    monkeypatch.setattr("models.versions.versions", _versions)
    monkeypatch.setattr("models.champion.promotions", lambda _: changes)
    st.cache_data.clear()
    told = shown(opened("60_models", "zh"))
    title = all_models()["ecod"].title_zh
    for said in ("取自共用的模型服务", f"撤回 {title} 2，恢复此前版本", "测试结果更差仍启用：现场需要"):
        assert said in told


def test_records_tell_imports_and_how_full_columns_are(lang: str) -> None:
    at = opened("70_records", lang)
    assert at.dataframe[0].value["inserted"].to_list() == [62 + 127 + 10]
    filled = at.dataframe[-1].value.set_index("column")
    assert filled.loc["tender_id", "share"] == 1
    assert filled.loc["deadline_at", "known"] == 61
    assert ("No row was set aside" if lang == "en" else "没有被搁置的行") in shown(at)


def test_doubtful_values_are_told_in_the_page_s_language(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = pl.DataFrame([("bids", "b1", LOOK_ALIKE, "said in English", "中文说明")], FINDING, orient="row")
    monkeypatch.setattr("records.store.Store.findings", lambda _: found)
    at = opened("70_records", lang)
    at.toggle(key="doubtful").set_value(True).run()
    told = [x.value["what"].item() for x in at.dataframe if "what" in x.value.columns]
    assert told == ["中文说明" if lang == "zh" else "said in English"]
