import json
from dataclasses import replace

import polars as pl

from cases.package.material import Material, gather
from cases.package.people import Act, People
from cases.package.report import report
from cases.package.words import texts
from detect.explanation import Explanation

from .conftest import Case

SECTIONS = [k for k in texts() if k.startswith("section.")]


def _texts(made: dict[str, object]) -> str:
    return str(made["blocks"])


def test_the_sections_stand_in_the_order_that_reviewers_ask_for(material: Material) -> None:
    made = report(material, [], "key")
    heads = [b["text"] for b in made["blocks"] if b["block"] == "heading" and b["depth"] == 1]
    assert heads == [texts()[k][material.lang] for k in SECTIONS]


def test_both_sides_stand_with_source_table_record_and_times(material: Material) -> None:
    facts = next(b for b in report(material, [], "key")["blocks"] if b["block"] == "table" and b["right"][-1])
    of_a, of_b = (facts["rows"][0][n].replace("\u200b", "") for n in (1, 2))
    for side in (of_a, of_b):
        assert "simulated / identifiers / " in side
        assert side.count("20") >= 2
    assert of_a != of_b


def test_what_people_did_is_told_in_its_place(case: Case, batches: pl.DataFrame, people: People) -> None:
    m = gather(case.run, case.market, "tender", case.tender, lang="zh", batches=batches, people=people)
    told = _texts(report(m, [], "key"))
    for words in (
        "电话核实",
        "不成立",
        "我公司独立编制",
        "甘肃甲公司",
        "委员会认定文字",
        "something new",
        "李雷",
    ):
        assert words in told


def test_what_waits_for_a_second_person_is_told_with_its_author_and_reason(
    case: Case, batches: pl.DataFrame, people: People
) -> None:
    asked = {
        "state": "watch", "reason": None, "original": None, "until": "2026-02-01T00:00:00+00:00",
        "by": "李雷", "at": "2026-01-06T02:30:00+00:00", "text": "等待工商登记",
    }  # fmt: skip
    closing = {**asked, "state": "explained", "reason": "FX02", "until": None}
    acts = [
        Act(1, people.acts[0].at, "李雷", "proposed", "园区网络", {"changes": {"proposed": [None, closing]}}),
        Act(2, people.acts[0].at, "王芳", "rejected", "再查", {"changes": {"proposed": [closing, None]}}),
    ]
    alert = {**(people.alert or {}), "state": "new", "proposed": asked}
    told = replace(people, alert=alert, acts=acts)
    m = gather(case.run, case.market, "tender", case.tender, lang="zh", batches=batches, people=told)
    blocks = report(m, [], "key")["blocks"]
    summary = {name: value for b in blocks if b["block"] == "pairs" for name, value in b["rows"]}
    assert summary["当前状态"] == "待复核 · 新线索 · 李雷"
    waits = summary["提请处理（待第二人复核）"].split("\n")
    assert waits == ["持续关注 · 至 2026-02-01 08:00:00", "李雷 于 2026-01-06 10:30:00 提请", "等待工商登记"]
    tables = [b["rows"] for b in blocks if b["block"] == "table"]
    done = next(rows for rows in tables if len(rows[0]) == 4 and rows[0][2] == "提请处理")
    assert done[0][3].split("\n")[1].startswith("已有合理解释 · FX02 ")
    assert done[1][3] == "再查"


def test_nothing_done_is_said(material: Material) -> None:
    told = _texts(report(material, [], "key"))
    for key in ("people.no_statement", "people.no_desk", "people.no_determination", "other.unanswered"):
        assert texts()[key][material.lang] in told


def test_a_chance_is_told_as_an_expected_frequency(material: Material) -> None:
    first = material.findings[0]
    story = replace(material.story, findings=[replace(first, p_value=1e-4)])
    told = _texts(report(replace(material, story=story), [], "key"))
    assert ("1 of 10,000" if material.lang == "en" else "每 10,000 个") in told


def test_a_rule_that_changed_since_the_run_says_so(material: Material) -> None:
    story = replace(material.story, findings=[replace(material.findings[0], version=0)])
    told = _texts(report(replace(material, story=story), [], "key"))
    assert ("run the scoring again" if material.lang == "en" else "请重新运行") in told


def test_a_party_has_a_report_of_its_own(case: Case, batches: pl.DataFrame, lang: str) -> None:
    grain, party = case.run.party_alerts.select("grain", "party_id").row(0)
    m = gather(case.run, case.market, grain, party, lang=lang, batches=batches)
    told = _texts(report(m, [], "key"))
    assert texts()["evidence.between"][lang] in told
    assert set(m.bids["bidder_id"]) <= set(m.facts["bidder_a"]) | set(m.facts["bidder_b"])


def test_hostile_text_is_only_ever_data(hostile: Material) -> None:
    made = report(hostile, [], "key")
    seen = json.dumps(made, ensure_ascii=False)
    assert "<script>" in seen
    assert not [c for c in "\u202e\u2066\x00\x1b\ud800\u2028\u200f" if c in seen]


def test_amounts_in_doubt_are_told_before_the_prices(material: Material) -> None:
    assert isinstance(material.story, Explanation)
    story = replace(material.story, doubts=["490 may stand in another unit"])
    blocks = report(replace(material, story=story), [], "key")["blocks"]
    told = [b.get("text") for b in blocks]
    assert told.index("490 may stand in another unit") < [b["block"] for b in blocks].index("chart")
    assert texts()["prices.doubted"][material.lang] in told
