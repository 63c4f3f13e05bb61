from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom, chisquare, hypergeom

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

START = datetime(2024, 1, 1, 1, tzinfo=UTC)


def build(**tables: list[dict[str, Any]]) -> Build:
    frames = {
        name: pl.DataFrame([{"batch_id": "x"} | row for row in rows], infer_schema_length=None)
        for name, rows in tables.items()
        if rows
    }
    return Build(market_of(**frames))


def buyers(**tables: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    frame = build(**tables).grain(Grain.BUYER).collect()
    return dict(zip(frame["buyer_id"], frame.rows(named=True), strict=True))


def bid(tender: str, bidder: str, **more: Any) -> dict[str, Any]:
    return {"bid_id": f"{tender}-{bidder}", "tender_id": tender, "bidder_id": bidder} | more


def test_a_buyer_s_profile() -> None:
    days = [timedelta(days=n) for n in (19, 20, 5)]
    tenders = [
        {
            "tender_id": f"T{i}",
            "buyer_id": "B",
            "published_at": START,
            "deadline_at": START + d,
            "mandatory": i < 2,
        }
        for i, d in enumerate(days)
    ]
    bids = [
        bid("T0", "a", status="valid"),
        bid("T1", "a", status="disqualified"),
        bid("T1", "b", status="valid"),
    ]
    row = buyers(tenders=tenders, bids=bids)["B"]
    assert (row["n_tenders"], row["single_bid_share"], row["short_period_share"]) == (3, 0.5, 0.5)
    assert row["refused_bid_share"] == pytest.approx(1 / 3)
    assert row["late_rule_change_share"] is None


def test_refusals_are_compared_within_the_stratum() -> None:
    tenders = [
        {"tender_id": f"T{i}", "buyer_id": "B" if i < 8 else f"C{i % 5}", "category": "c", "region": "r"}
        for i in range(40)
    ]
    refused = set(range(6)) | {20, 30}
    bids = [
        bid(f"T{i}", f"F{k}", amount=100, status="disqualified" if i in refused and k == 0 else "valid")
        for i in range(40)
        for k in range(3)
    ]
    row = buyers(tenders=tenders, bids=bids)["B"]
    assert (row["refusing_tenders"], row["expected_refusing_tenders"]) == (6, pytest.approx(8 * 8 / 40))
    assert row["refusing_p"] == pytest.approx(hypergeom.sf(5, 40, 8, 8))


def test_one_supplier_with_most_of_the_spend() -> None:
    tenders = [{"tender_id": f"T{i}", "buyer_id": "B", "category": "c", "region": "r"} for i in range(6)]
    tenders += [{"tender_id": f"U{i}", "buyer_id": "B", "category": "d", "region": "r"} for i in range(4)]
    awards = [
        {"award_id": t["tender_id"], "tender_id": t["tender_id"], "bidder_id": "S" if i < 3 else f"F{i}",
         "amount": 300 if i < 3 else 100, "currency": "CNY", "status": "active"}
        for i, t in enumerate(tenders)
    ]  # fmt: skip
    bids = [bid(t["tender_id"], f"F{k}") for t in tenders for k in range(3)]
    row = buyers(tenders=tenders, awards=awards, bids=bids)["B"]
    assert (row["concentrated_category"], row["top_supplier"], row["category_lots"]) == ("c", "S", 6)
    assert (row["top_supplier_share"], row["top_supplier_lot_share"]) == (0.75, 0.5)
    assert (row["thin_market"], row["category_share_p95"]) == (True, None)


@pytest.mark.parametrize(("others", "line"), [(19, None), (20, 0.4)])
def test_the_usual_share_is_one_that_a_buyer_can_exceed(others: int, line: float | None) -> None:
    tenders = [
        {"tender_id": f"{b}-{i}", "buyer_id": f"B{b}", "category": "c"}
        for b in range(others + 1)
        for i in range(5)
    ]
    awards = [
        {"award_id": t["tender_id"], "tender_id": t["tender_id"], "amount": 100, "currency": "CNY",
         "status": "active", "bidder_id": "S" if t["buyer_id"] == "B0" else f"F{i % 4}"}
        for i, t in enumerate(tenders)
    ]  # fmt: skip
    row = buyers(tenders=tenders, awards=awards)["B0"]
    assert (row["top_supplier_share"], row["category_share_p95"]) == (1.0, line)


def test_few_lots_say_nothing() -> None:
    tenders = [{"tender_id": f"T{i}", "buyer_id": "B", "category": "c"} for i in range(4)]
    awards = [{"award_id": f"T{i}", "tender_id": f"T{i}", "bidder_id": "S", "amount": 1} for i in range(4)]
    assert buyers(tenders=tenders, awards=awards)["B"]["top_supplier_share"] is None


def test_the_agency_under_which_a_firm_wins() -> None:
    tenders = [{"tender_id": f"T{i}", "agency_id": "G" if i < 5 else "H"} for i in range(12)]
    bids = [
        bid(f"T{i}", firm, won=(firm == "W") == (i in (0, 1, 2, 3, 8)))
        for i in range(12)
        for firm in ("W", "X")
    ]
    frame = build(tenders=tenders, bids=bids).grain(Grain.BIDDER).collect()
    row = frame.row(by_predicate=pl.col("bidder_id") == "W", named=True)
    assert (row["top_agency"], row["agency_wins"]) == ("G", 4)
    assert row["agency_win_lift"] == pytest.approx((4 / 5) / (5 / 12))
    p = hypergeom.sf(3, 12, 5, 5)
    assert row["agency_wins_p"] == pytest.approx(2 * p)
    assert row["agency_wins_q"] == pytest.approx(4 * p / 2)
    assert row["agency_thin_market"] is None


@pytest.mark.parametrize(("entered", "chance"), [(7, 1.0), (12, 2 * hypergeom.sf(4, 12, 5, 7))])
def test_wins_gather_with_a_buyer_beyond_what_the_firm_entered(entered: int, chance: float) -> None:
    tenders = [{"tender_id": f"T{i}", "buyer_id": "A" if i < 7 else "B"} for i in range(60)]
    bids = [bid(f"T{i}", "X", won=i >= 5) for i in range(60)]
    bids += [bid(f"T{i}", "W", won=i < 5) for i in range(entered)]
    frame = build(tenders=tenders, bids=bids).grain(Grain.BIDDER).collect()
    row = frame.row(by_predicate=pl.col("bidder_id") == "W", named=True)
    assert (row["top_buyer"], row["buyer_wins"]) == ("A", 5)
    assert row["buyer_wins_p"] == pytest.approx(chance)


@pytest.mark.parametrize(("firms", "thin"), [(5, True), (6, False)])
def test_an_agency_in_a_thin_market(firms: int, thin: bool) -> None:
    where = [("c", "r")] * 2 + [("d", "r")]
    tenders = [
        {"tender_id": f"T{i}", "agency_id": "G", "category": c, "region": r} for i, (c, r) in enumerate(where)
    ]
    bids = [bid(t["tender_id"], f"F{k}", won=k == 0) for t in tenders[:2] for k in range(firms)]
    bids += [bid("T2", f"F{k}", won=k == 0) for k in range(9)]
    frame = build(tenders=tenders, bids=bids).grain(Grain.BIDDER).collect()
    assert dict(frame.select("bidder_id", "agency_thin_market").iter_rows())["F0"] is thin


def drawn(ranks: list[int], size: int = 40) -> list[dict[str, Any]]:
    return [
        {"tender_id": "T", "expert_id": f"e{i}", "draw_rank": r, "pool_size": size, "replaced": i % 4 == 0}
        for i, r in enumerate(ranks)
    ]


def test_places_in_the_list_against_scipy() -> None:
    rng = np.random.default_rng(3)
    ranks = rng.integers(1, 41, 80).tolist()
    row = buyers(tenders=[{"tender_id": "T", "buyer_id": "B"}], panels=drawn(ranks))["B"]
    seen = np.bincount((np.array(ranks) - 1) // 4, minlength=10)
    assert row["draw_rank_p"] == pytest.approx(chisquare(seen).pvalue)
    assert (row["n_draws_of_experts"], row["replaced_share"]) == (80, 0.25)
    assert row["draw_rank_q"] == row["draw_rank_p"]


def test_few_draws_have_no_law() -> None:
    row = buyers(tenders=[{"tender_id": "T", "buyer_id": "B"}], panels=drawn([1] * 49))["B"]
    assert (row["n_draws_of_experts"], row["draw_rank_p"]) == (49, None)


def test_even_draws_are_seldom_remarkable() -> None:
    rng = np.random.default_rng(11)
    tenders = [{"tender_id": f"T{b}", "buyer_id": f"B{b}"} for b in range(400)]
    panels = [
        row | {"tender_id": f"T{b}"}
        for b in range(400)
        for row in drawn(rng.integers(1, 38, 60).tolist(), size=37)
    ]
    p = [row["draw_rank_p"] for row in buyers(tenders=tenders, panels=panels).values()]
    for level in (0.01, 0.05):
        assert sum(v <= level for v in p) <= binom.ppf(0.9999, 400, level)
