from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest
from rich.console import Console

import detect.rule
from detect.explain import explain_parties
from detect.parties import judge_parties, party_rows
from detect.rule import RULES, Level, Point, Rule, Weight, Words, all_rules, rule
from detect.schemes import SIGNS, Sign
from detect.score import score
from detect.terminal.stories import show_party
from features.build import Build
from features.catalogue import Grain
from features.parties import tenders_of
from records.tables import Market, market_of

WORDS = Words("met often", "They met {n_joint} times.", "innocent")


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> Rule:
    all_rules()
    monkeypatch.setattr("detect.rule.RULES", dict(RULES))

    def predicate(n_joint: pl.Expr, *, least: int = 3) -> pl.Expr:
        return n_joint >= least

    made = rule(
        "Z9",
        level=Level.YELLOW,
        grain=Grain.PAIR,
        weight=Weight.GROUP,
        point=Point.HISTORY,
        en=WORDS,
        zh=WORDS,
    )(predicate)

    @made.chance
    def by_chance(joint_p: pl.Expr) -> pl.Expr:
        return joint_p

    return made


@pytest.fixture
def market() -> Market:
    entered = {"T1": "ABC", "T2": "AB", "T3": "AB", "T4": "BC"}
    tenders = pl.DataFrame(
        {
            "tender_id": list(entered),
            "title": [f"Title {t}" for t in entered],
            "buyer_id": ["X", "X", "Y", "Y"],
            "jurisdiction": "CN-62",
            "deadline_at": [datetime(2024, m, 1, tzinfo=UTC) for m in (1, 2, 3, 4)],
            "batch_id": "b",
        }
    )
    bids = [
        {"bid_id": t + f, "tender_id": t, "bidder_id": f, "amount": 100 + ord(f), "batch_id": "b"}
        for t, firms in entered.items()
        for f in firms
    ]
    names = pl.DataFrame({"bidder_id": ["A", "B"], "name": ["甲公司", "乙公司"], "batch_id": "b"})
    return market_of(tenders=tenders, bids=pl.DataFrame(bids), bidders=names)


def test_a_finding_about_two_firms_is_an_alert_of_its_own(market: Market, often: Rule) -> None:
    run = score(market, rules=[often])
    assert run.alerts.is_empty()
    alert = run.party_alerts.row(0, named=True)
    assert (alert["grain"], alert["party_id"], alert["subjects"]) == ("pair", "A|B", ["A", "B"])
    assert (alert["n_tenders"], alert["rule_ids"]) == (3, ["Z9"])
    assert alert["last_deadline"] == datetime(2024, 3, 1, tzinfo=UTC)
    assert run.party_tenders["tender_id"].sort().to_list() == ["T1", "T2", "T3"]
    assert run.party_hits["p_value"].is_between(0, 1).all()
    assert run.counts.to_dicts() == [
        {"rule_id": "Z9", "grain": "pair", "hit": 1, "clear": 1, "not_evaluable": 0, "not_applicable": 0}
    ]


def test_it_is_explained_with_names_and_tenders(market: Market, often: Rule) -> None:
    run = score(market, rules=[often])
    told = explain_parties(run, market, run.party_alerts, "en")[0]
    assert (told.kind, told.names) == ("Two firms", ["甲公司", "乙公司"])
    assert told.findings[0].sentence == "They met 3 times."
    assert told.tenders["title"].to_list() == ["Title T1", "Title T2", "Title T3"]


@pytest.mark.parametrize(
    ("jurisdiction", "expected"),
    [
        ("CN-62", "招标投标法实施条例 第三十九条: "),
        ("DO", "该地该时有效的条款未收录；"),
        (None, "该地该时有效的条款未收录；"),
    ],
)
def test_a_provision_is_told_as_the_law_only_where_it_holds(
    market: Market,
    often: Rule,
    monkeypatch: pytest.MonkeyPatch,
    jurisdiction: str | None,
    expected: str,
) -> None:
    monkeypatch.setitem(detect.rule.RULES, "Z9", replace(often, law=("CN-REG-39",)))
    tenders = market.tenders.with_columns(jurisdiction=pl.lit(jurisdiction, pl.String)).collect()
    there = market_of(tenders=tenders, bids=market.bids.collect())
    run = score(there, rules=[often])
    (said,) = explain_parties(run, there, run.party_alerts, "zh")[0].findings[0].law
    assert said.startswith(expected)


@pytest.mark.usefixtures("often")
def test_a_group_names_its_members_and_is_held_against_the_schemes(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    def predicate(group_meetings: pl.Expr, *, least: int = 3) -> pl.Expr:
        return group_meetings >= least

    monkeypatch.setattr("detect.schemes.SIGNS", (Sign("cover", "group_top_share", 0, 1, 3), *SIGNS))
    said = Words("met often", "They met {group_meetings} times.", "innocent")
    of_group = rule("Z8", level=Level.YELLOW, grain=Grain.GROUP, weight=Weight.GROUP, point=Point.HISTORY,
                    en=said, zh=said)(predicate)  # fmt: skip
    sets = pl.LazyFrame({"group_id": ["G"] * 3, "bidder_id": list("ABC"), "submarket": ["S"] * 3})
    won = market.bids.with_columns(won=pl.col("bidder_id") == "B")
    build = Build(market_of(tenders=market.tenders.collect(), bids=won.collect()))
    build = build.replacing("group_sets", sets)
    found = judge_parties(build, {Grain.GROUP: party_rows(build, Grain.GROUP, [of_group])}, [of_group])
    assert found.hits["subjects"].to_list() == [["A", "B", "C"]]
    assert found.likeness.select("party_id", "scheme").rows() == [("G", "cover")]
    assert "group_top_share" in [sign["column"] for sign in found.likeness["signs"].item()]


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", ["looks like: bids that take turns (1 points)", "for +3", "against -2", "not a finding"]),
        ("zh", ["形态近似于: 轮流中标的投标 (1 分)", "支持 +3", "反对 -2", "不是结论"]),
    ],
)
def test_what_a_pattern_looks_like_is_told_with_its_signs(
    market: Market, often: Rule, lang: str, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run = score(market, rules=[often])
    signs = [
        {"column": "turn_p", "value": 0.004, "points": 3},
        {"column": "top_winner_p", "value": 0.01, "points": -2},
    ]
    named = pl.DataFrame({"scheme": ["rotation"], "scheme_points": [1], "signs": [signs]})
    alerts = run.party_alerts.drop(named.columns).hstack(named)
    show_party(explain_parties(run, market, alerts, lang)[0], lang, Console(width=200))
    printed = capsys.readouterr().out
    assert [text for text in expected if text not in printed] == []


def test_every_party_finds_its_tenders(market: Market) -> None:
    build = Build(market)
    keys = {
        Grain.BIDDER: {"bidder_id": "C"},
        Grain.PAIR: {"bidder_a": "B", "bidder_b": "C"},
        Grain.BUYER: {"buyer_id": "X"},
    }
    found = {
        grain: sorted(tenders_of(build, grain, pl.LazyFrame([key])).collect()["tender_id"])
        for grain, key in keys.items()
    }
    assert found == {Grain.BIDDER: ["T1", "T4"], Grain.PAIR: ["T1", "T4"], Grain.BUYER: ["T1", "T2"]}
    with pytest.raises(ValueError, match="belongs to one tender"):
        tenders_of(build, Grain.TIE, pl.LazyFrame())


def test_experts_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    all_rules()
    monkeypatch.setattr("detect.rule.RULES", dict(RULES))

    def predicate(n_marks: pl.Expr, *, least: int = 1) -> pl.Expr:
        return n_marks >= least

    told = Words("marked", "{n_marks} marks.", "innocent")
    options = {"level": Level.YELLOW, "weight": Weight.GROUP, "point": Point.HISTORY, "en": told, "zh": told}
    made = rule("Z8", grain=Grain.EXPERT, **options)(predicate)  # type: ignore[arg-type]
    scores = [
        {"tender_id": "T", "bidder_id": "A", "expert_id": f"X6200012{e}", "item": "i", "score": 5.0 + e,
         "max_score": 10.0, "batch_id": "b"}
        for e in range(3)
    ]  # fmt: skip
    tenders = pl.DataFrame({"tender_id": ["T"], "batch_id": ["b"]})
    panel = market_of(tenders=tenders, expert_scores=pl.DataFrame(scores))
    run = score(panel, rules=[made])
    parties = explain_parties(run, panel, run.party_alerts)
    assert sorted(p.names[0] for p in parties) == ["•••20", "•••21", "•••22"]
    assert {p.kind for p in parties} == {"Expert"}
