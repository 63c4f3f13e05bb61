import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit as st
from markupsafe import Markup
from streamlit.testing.v1 import AppTest

from app_pages.desk import database
from cases import desk as acts
from cases.commands.desk import lay_down
from cases.workflow import State
from detect.kept import Run, save
from detect.linking import CASES
from detect.queue import Choice
from detect.rule import RULES, Level, Point, Rule, Weight, Words, all_rules, rule
from detect.score import score
from features.catalogue import Grain
from records.source import UNREADABLE, Raw
from records.store import Store
from records.tables import Market

ROOT = Path(__file__).parents[2]
LEAD = "local-lead"
NAMES = ["Fair Builders", "Open Works"]
SAID = Words("often together", "They met {n_joint} times.", "one trade, one town")
GESAGT = Words("经常同场", "共同投标 {n_joint} 次。", "同一行业、同一地区")


@pytest.fixture(scope="module")
def monkeypatch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def often(monkeypatch: pytest.MonkeyPatch) -> Rule:
    all_rules()
    monkeypatch.setattr("detect.rule.RULES", dict(RULES))

    def predicate(n_joint: pl.Expr) -> pl.Expr:
        return n_joint >= 2

    options = {"grain": Grain.PAIR, "weight": Weight.GROUP, "point": Point.HISTORY}
    return rule("Z9", level=Level.YELLOW, en=SAID, zh=GESAGT, **options)(predicate)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parties")


@pytest.fixture(scope="module")
def desk(market: Market, often: Rule, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    tables = {name: getattr(market, name).collect() for name in ("tenders", "bids", "bidders")}
    Store.open_or_create(folder).take("test", [Raw(tables, UNREADABLE.to_frame())])
    run = score(market, rules=[often, all_rules()["Q01"]], records_version=1, choice=Choice(5, audit=0))
    save(run, folder)
    lay_down(folder, run, market)
    monkeypatch.setenv("BIDLENS_WORKSPACE", str(folder))
    yield run
    st.cache_resource.clear()


def opened(page: str, lang: str, **address: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = lang
    at.switch_page(f"app_pages/{page}.py")
    for name, value in {"lang": lang, **address}.items():
        at.query_params[name] = value
    return at.run()


def shown(at: AppTest) -> str:
    assert not at.exception
    html = [str(Markup(x.proto.body).striptags()) for x in at.get("html")]
    return "\n".join([*html, *(x.value for kind in (at.markdown, at.subheader, at.caption) for x in kind)])


def rows(at: AppTest) -> list[dict[str, Any]]:
    assert not at.exception
    return list(json.loads(at.get("bidi_component")[0].proto.json)["rows"])


def test_the_list_names_who_why_and_where_it_stands(desk: Run, lang: str) -> None:
    (row,) = rows(opened("40_parties", lang))
    _, who, tenders, why, stands = row["cells"]
    assert who[0]["text"].startswith("Fair Builders")
    assert tenders[0]["text"] == "60"
    assert why[0]["text"] == ("often together" if lang == "en" else "经常同场")
    assert [c["text"] for c in why[1]["chips"]] == ["Z9"]
    assert [p["text"] for p in stands] == (["new", "nobody"] if lang == "en" else ["新线索", "无人承办"])
    assert desk.party_alerts["n_tenders"].to_list() == [60]


def test_a_lead_on_a_party_is_handled_like_any_other(desk: Run) -> None:
    at = opened("40_parties", "en", party=desk.party_alerts["party_id"][0])
    at = next(b for b in at.button if b.label.startswith("Take")).click().run()
    text = shown(at)
    assert "in review" in text
    assert "What was done" in text
    (row,) = rows(opened("40_parties", "en"))
    assert [p["text"] for p in row["cells"][-1]] == ["in review", "local-lead"]


def test_a_lead_on_a_party_can_be_referred(desk: Run) -> None:
    at = opened("40_parties", "en", party=desk.party_alerts["party_id"][0])
    result = next(s for s in at.selectbox if s.label == "Result")
    assert "referred, administrative" in result.options
    assert "confirmed by the committee" not in result.options
    next(s for s in at.selectbox if s.label == "Result").set_value(State.REFERRED_ADMIN)
    at.run()
    next(t for t in at.text_area if t.label == "Words").set_value("with the file of both firms")
    at = next(b for b in at.button if b.label.startswith("Save")).click().run()
    assert "Decided: referred, administrative" in {x.value for x in at.success}
    assert "with the file of both firms" in shown(at)


def test_a_case_points_to_open_leads_on_its_firms_and_they_point_back(desk: Run, lang: str) -> None:
    party = desk.party_alerts["party_id"][0]
    number = acts.found(database(), "pair", party)
    assert number is not None
    _reopen(number)
    said = {"en": "Open leads on these firms or the buyer: ● two firms · 2 bid here · often together",
            "zh": "这些企业或招标人的未办结线索： ● 两家企业 · 2 家在此投标 · 经常同场"}[lang]  # fmt: skip
    assert said in shown(opened("20_case", lang, tender="P01"))
    assert {"en": "Open leads", "zh": "未办结线索"}[lang] not in shown(opened("20_case", lang, tender="RING"))

    back = shown(opened("40_parties", lang, party=party))
    assert {"en": "Open alerts about these tenders:", "zh": "其中未办结的标段线索："}[lang] in back
    assert {"en": "and 55 more", "zh": "等，另有 55 条"}[lang] in back

    found = acts.detail(database(), number)
    assert found is not None
    acts.decide(database(), LEAD, number, found.alert.version, State.REFERRED_ADMIN, text="on")
    assert said[:10] not in shown(opened("20_case", lang, tender="P01"))


def _reopen(number: int) -> None:
    found = acts.detail(database(), number)
    if found is not None and found.alert.closed_at is not None:
        acts.reopen(database(), LEAD, number, found.alert.version, "again")


def test_one_party_is_told_with_its_innocent_reading_and_tenders(desk: Run, lang: str) -> None:
    at = opened("40_parties", lang, party=desk.party_alerts["party_id"][0])
    text = shown(at)
    assert ("They met 60 times." if lang == "en" else "共同投标 60 次。") in text
    assert (SAID if lang == "en" else GESAGT).innocent in text
    assert at.dataframe[0].value.shape[0] == 60
    assert {"Make it", "生成"} & {b.label for b in at.button}
    assert at.multiselect[0].options == [f"{'Bidder:' if lang == 'en' else '投标人：'} {n}" for n in NAMES]


def test_a_party_has_a_package_of_its_own(desk: Run) -> None:
    at = opened("40_parties", "en", party=desk.party_alerts["party_id"][0])
    at = next(b for b in at.button if b.label == "Make it").click().run()
    assert not at.exception
    subject, _, made = at.session_state["package_made"]
    assert (subject, made.manifest["case"]["grain"]) == (desk.party_alerts["party_id"][0], "pair")


def test_the_queue_shows_what_was_chosen_and_the_rest_on_demand(desk: Run) -> None:
    assert len(rows(opened("10_queue", "en"))) == 5
    assert len(rows(opened("10_queue", "en", place="all"))) == min(50, desk.alerts.height)


def test_a_case_links_to_the_tenders_tied_to_it(desk: Run, folder: Path, lang: str) -> None:
    web = {"case_id": "P00", "tender_ids": ["P00", "P01"], "subjects": ["F5", "F6"], "level": 3}
    cases = pl.DataFrame([web], schema_overrides=CASES).select(
        (pl.col(c) if c in web else pl.lit(None, dtype)).alias(c) for c, dtype in CASES.items()
    )
    save(replace(desk, manifest={**desk.manifest, "run_id": f"linked-{lang}"}, cases=cases), folder)
    tables = [d.value for d in opened("20_case", lang, tender="P00").dataframe]
    related = next(t for t in tables if "buyer" in t.columns and "link" in t.columns)
    assert related[["link", "title_of", "buyer"]].to_numpy().tolist() == [
        [f"case?tender=P01&lang={lang}", "School repair 1", "Schools Office"]
    ]
