from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from detect.rule import RULES, Level, Point, Rule, Weight, Words, all_rules, rule
from detect.run import UNKNOWN_MECHANISM_CONFIDENCE, Verdicts, judge
from features.catalogue import Grain
from records.tables import Market, Mechanism, market_of

WORDS = Words("title", "sentence", "innocent")
CLOSED = datetime(2024, 5, 20, tzinfo=UTC)
Bid = tuple[str, str, float | None]
Held = tuple[str, str, str, str]


def made(rule_id: str, grain: Grain, predicate: Any, **options: Any) -> Rule:
    return rule(
        rule_id,
        level=Level.ORANGE,
        grain=grain,
        weight=Weight.LINK,
        point=Point.OPENING,
        en=WORDS,
        zh=WORDS,
        **options,
    )(predicate)


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    all_rules()
    monkeypatch.setattr("detect.rule.RULES", dict(RULES))


def market(
    tenders: Mapping[str, str | None], bids: Sequence[Bid], held: Sequence[Held] = (), **tables: Any
) -> Market:
    rows = [
        {"tender_id": t, "mechanism": m, "deadline_at": CLOSED, "jurisdiction": "CN", "batch_id": "b"}
        for t, m in tenders.items()
    ]
    frames = {
        "tenders": pl.DataFrame(rows, schema_overrides={"mechanism": pl.String}),
        "bids": pl.DataFrame(
            [
                {"bid_id": t + f, "tender_id": t, "bidder_id": f, "amount": a, "batch_id": "b"}
                for t, f, a in bids
            ],
            schema_overrides={"amount": pl.Float64},
        ),
        "identifiers": pl.DataFrame(
            [
                {"tender_id": t, "bidder_id": f, "kind": k, "value_hash": v.rjust(32, "0"), "batch_id": "b"}
                for t, f, k, v in held
            ]
        ),
        **{name: pl.DataFrame(found) for name, found in tables.items()},
    }
    return market_of(**{name: frame for name, frame in frames.items() if frame.width})


def states(found: Verdicts, r: Rule) -> dict[str, str]:
    return dict(found.states.select("tender_id", r.id).sort("tender_id").iter_rows())


def missing(found: Verdicts) -> dict[str, int]:
    return dict(found.missing.select("column", "n").iter_rows())


def test_four_states_at_the_tender_grain() -> None:
    r = made(
        "Z01", Grain.TENDER, lambda lowest_bid: lowest_bid < 50, mechanisms=frozenset({Mechanism.LOWEST})
    )
    found = judge(
        market(
            {
                "clear": "lowest",
                "hit": "lowest",
                "lottery": "lottery",
                "unpriced": "lowest",
                "void": "lowest",
            },
            [("clear", "A", 60), ("hit", "A", 40), ("lottery", "A", 40), ("unpriced", "A", None)],
        ),
        [r],
    )
    assert states(found, r) == {
        "clear": "clear",
        "hit": "hit",
        "lottery": "not_applicable",
        "unpriced": "not_evaluable",
        "void": "not_evaluable",
    }
    assert missing(found) == {"lowest_bid": 2}
    assert found.hits.select("tender_id", "subjects").rows() == [("hit", [])]


def test_four_states_at_the_bid_grain() -> None:
    r = made("Z01", Grain.BID, lambda amount: amount < 50, mechanisms=frozenset({Mechanism.LOWEST}))
    found = judge(
        market(
            {"clear": "lowest", "hit": "lowest", "lottery": "lottery", "unpriced": "lowest", "void": "lowest",
             "void_lottery": "lottery"},
            [("clear", "A", 60), ("clear", "B", None), ("hit", "A", 40), ("hit", "B", None),
             ("lottery", "A", 40), ("unpriced", "A", None)],
        ),
        [r],
    )  # fmt: skip
    assert states(found, r) == {
        "clear": "clear",
        "hit": "hit",
        "lottery": "not_applicable",
        "unpriced": "not_evaluable",
        "void": "not_evaluable",
        "void_lottery": "not_applicable",
    }
    assert missing(found) == {"amount": 3, "bids": 1}
    assert found.hits.select("tender_id", "subjects").rows() == [("hit", ["A"])]


def test_four_states_at_the_tie_grain() -> None:
    r = made("Z01", Grain.TIE, lambda shared_ca_key: shared_ca_key > 0)
    pair = ("clear", "excused", "hit", "half", "unknown")
    bids: list[Bid] = [*((t, f, 1.0) for t in pair for f in "AB"), ("single", "A", 1.0)]
    keys: list[Held] = [
        ("clear", "A", "ca_key", "1"), ("clear", "B", "ca_key", "2"),
        ("hit", "A", "ca_key", "3"), ("hit", "B", "ca_key", "3"),
        ("excused", "A", "ca_key", "4"), ("excused", "B", "ca_key", "4"),
        ("half", "A", "ca_key", "5"), ("half", "A", "phone", "6"), ("half", "B", "phone", "6"),
        ("single", "A", "ca_key", "7"),
    ]  # fmt: skip
    known = {
        "listing": "platform_account",
        "kind": "ca_key",
        "value_hash": "4".rjust(32, "0"),
        "batch_id": "b",
    }
    found = judge(
        market(dict.fromkeys((*pair, "single", "void"), "lowest"), bids, keys, known_values=[known]), [r]
    )
    assert states(found, r) == {
        "clear": "clear",
        "excused": "clear",
        "half": "not_evaluable",
        "hit": "hit",
        "single": "not_applicable",
        "unknown": "not_evaluable",
        "void": "not_evaluable",
    }
    assert found.hits.select("tender_id", "subjects").rows() == [("hit", ["A", "B"])]
    assert found.excused.select("tender_id", "subjects").rows() == [("excused", ["A", "B"])]
    assert missing(found) == {"shared_ca_key": 2, "bids": 1}


def test_hits_tell_how_many_ties_were_tried_at_their_chance() -> None:
    of_tie = made("Z01", Grain.TIE, lambda shared_ca_key: shared_ca_key > 0)
    of_all = made("Z02", Grain.TIE, lambda shared_ca_key: shared_ca_key > 0)
    of_listed = made("Z03", Grain.TIE, lambda shared_ca_key: pl.when(shared_ca_key > 0).then(True))
    for told in (of_tie.chance, of_all.chance_somewhere, of_listed.chance):
        told(lambda shared_ca_key: shared_ca_key * 0.01)
    bids: list[Bid] = [("T", f, 1.0) for f in "ABCD"]
    keys: list[Held] = [("T", f, "ca_key", "1" if f in "AB" else f) for f in "ABCD"]
    found = judge(market({"T": "lowest"}, bids, keys), [of_tie, of_all, of_listed])
    assert dict(found.hits.select("rule_id", "looks").iter_rows()) == {"Z01": 6, "Z02": 1, "Z03": 1}


def test_two_bids_of_one_firm_are_no_tie() -> None:
    r = made("Z01", Grain.TIE, lambda shared_ca_key: shared_ca_key > 0)
    bids = [{"bid_id": i, "tender_id": "T", "bidder_id": "A", "batch_id": "b"} for i in "12"]
    found = judge(
        market_of(tenders=pl.DataFrame({"tender_id": ["T"], "batch_id": "b"}), bids=pl.DataFrame(bids)), [r]
    )
    assert states(found, r) == {"T": "not_applicable"}


def test_facts_tell_what_was_explained() -> None:
    keys: list[Held] = [("T", f, "ca_key", "1") for f in "AB"] + [("T", f, "phone", "2") for f in "AB"]
    known = {
        "listing": "platform_account",
        "kind": "ca_key",
        "value_hash": "1".rjust(32, "0"),
        "batch_id": "b",
    }
    found = judge(market({"T": None}, [("T", "A", 1), ("T", "B", 1)], keys, known_values=[known]), [])
    assert dict(found.facts.select("kind", "exclusion").iter_rows()) == {"ca_key": "FX08", "phone": None}


def test_a_hit_without_a_mechanism_on_record_is_less_sure() -> None:
    r = made("Z01", Grain.BID, lambda amount: amount > 0, mechanisms=frozenset({Mechanism.LOWEST, None}))
    found = judge(market({"known": "lowest", "open": None}, [("known", "A", 1), ("open", "A", 1)]), [r])
    sure = dict(found.hits.select("tender_id", "confidence").iter_rows())
    assert sure == {"known": 1.0, "open": UNKNOWN_MECHANISM_CONFIDENCE}


def test_evidence_holds_what_the_rule_and_its_conditions_read() -> None:
    r = made("Z01", Grain.BID, lambda amount: amount > 0)
    r.applies("priced", "有报价")(lambda n_valid: n_valid > 0)
    found = judge(market({"T": None}, [("T", "A", 12.5)]), [r])
    assert found.hits["evidence"].str.json_decode(
        pl.Struct({"amount": pl.Float64, "n_valid": pl.Int64})
    ).to_list() == [{"amount": 12.5, "n_valid": 1}]


def test_counts_add_up_to_the_tenders() -> None:
    rules = [
        made("Z01", Grain.BID, lambda amount: amount > 1),
        made("Z02", Grain.TENDER, lambda n_valid: n_valid > 5),
    ]
    counts = judge(market({"T": None, "U": None}, [("T", "A", 12.5)]), rules).counts()
    assert counts.select(pl.sum_horizontal(pl.exclude("rule_id", "grain"))).to_series().to_list() == [2, 2]


def test_the_same_tender_alone_gets_the_same_states() -> None:
    rules = [r for r in all_rules().values() if r.grain == Grain.TIE]
    bids: list[Bid] = [(t, f, 10.0 + ord(f)) for t in ("T", "U") for f in "ABC"]
    keys: list[Held] = [(t, f, "upload_ip", t) for t in ("T", "U") for f in "AB"]
    both = judge(market({"T": "lowest", "U": "lowest"}, bids, keys), rules).states
    alone = judge(market({"U": "lowest"}, bids[3:], keys[2:]), rules).states
    assert both.filter(pl.col("tender_id") == "U").rows() == alone.rows()


def test_unit_prices_among_totals_are_not_judged_and_the_reason_is_told() -> None:
    bids = [("T", f, a) for f, a in zip("ABCDE", (31.5, 9400.0, 9450.0, 9500.0, 9550.0), strict=True)]
    found = judge(market({"T": "lowest"}, bids), [all_rules()[i] for i in ("Q02", "Q03")])
    assert found.states.drop("tender_id").row(0) == ("not_evaluable",) * 2
    assert set(found.missing.filter(pl.col("column") == "one_scale")["rule_id"]) == {"Q02", "Q03"}
