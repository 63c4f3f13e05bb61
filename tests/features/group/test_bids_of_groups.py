"""Tests of what members bid: discounts, order, the benchmark of average-bid tenders."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import friedmanchisquare

from features.bid.benchmark import benchmark_bids
from features.group.benchmark import group_benchmark
from features.group.discounts import group_discounts
from features.group.order import concordance, group_order
from features.group.support import group_support

Entries = Callable[..., pl.LazyFrame]


def meetings(prices: list[list[float]], **of_lot: list[Any]) -> list[dict[str, Any]]:
    return [
        {"group_id": "G", "tender_id": f"T{t:02}", "bidder_id": f"F{f}", "price": float(price),
         **{name: of[t] for name, of in of_lot.items()}}
        for t, lot in enumerate(prices) for f, price in enumerate(lot)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_concordance_of_complete_lots_is_kendalls(seed: int, as_entries: Entries) -> None:
    prices = np.random.default_rng(seed).permuted(np.tile(np.arange(1.0, 5.0), (9, 1)), axis=1)
    found = concordance(as_entries(meetings(prices.tolist())), "price").collect()
    statistic = friedmanchisquare(*prices.T).statistic
    assert found["w"].item() == pytest.approx(statistic / (9 * 3))


def test_a_constant_order_is_seen_in_price_and_time(as_entries: Entries) -> None:
    entries = as_entries(meetings([[1.0, 2.0, 3.0]] * 8))
    row = group_order(entries).collect().row(0, named=True)
    assert row["price_concordance"] == pytest.approx(1.0)
    assert row["price_order_p"] <= 0.002
    assert row["arrival_order_p"] is None


def test_the_effect_of_outsiders(as_entries: Entries) -> None:
    alone, joined = [[95.0, 97.0]] * 8, [[85.0, 90.0]] * 8
    outsiders, lowest = [0] * 8 + [1] * 8, [95.0] * 8 + [80.0] * 8
    rows = meetings(alone + joined, outsiders=outsiders, lowest=lowest, ceiling=[100.0] * 16)
    row = group_discounts(as_entries(rows)).collect().row(0, named=True)
    assert (row["n_alone"], row["n_with_outsiders"]) == (8, 8)
    assert row["discount_alone"] == pytest.approx(0.05)
    assert row["discount_with_outsiders"] == pytest.approx(0.20)
    assert row["outsider_effect"] == pytest.approx(0.15)
    assert row["member_discount_change"] == pytest.approx(0.10)
    assert row["outsider_p"] <= 0.002


def test_lots_with_more_members_are_not_compared(as_entries: Entries) -> None:
    rows = meetings([[95.0, 97.0], [80.0, 90.0, 91.0]], outsiders=[0, 1], ceiling=[100.0] * 2)
    row = group_discounts(as_entries(rows)).collect().row(0, named=True)
    assert row["outsider_effect"] == pytest.approx(0.15)
    assert row["outsider_p"] is None


def test_tests_of_bids_are_honest(make_entries: Entries, honest: Callable[[pl.Series], None]) -> None:
    entries = make_entries(3, groups=150)
    order = group_order(entries).collect()
    honest(order["price_order_p"])
    honest(order["arrival_order_p"])
    honest(group_discounts(entries).collect()["outsider_p"])


def averaged(seed: int, groups: int, lots: int, push: float) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Average-bid lots of eight firms; three members of each group add `push` to their bids."""
    rng = np.random.default_rng(seed)
    price = 900 + 30 * rng.normal(size=(groups * lots, 8))
    price[:, :3] += push
    t, f = (x.ravel() for x in np.indices(price.shape))
    group = t // lots
    bids = pl.DataFrame({
        "tender_id": [f"T{x:05}" for x in t],
        "bidder_id": [f"F{g:04}-{x}" for g, x in zip(group, f, strict=True)],
        "price": price.ravel(),
    })  # fmt: skip
    own = bids.with_columns(group_id=pl.Series([f"G{g:04}" for g in group]), member=pl.Series(f < 3)).filter(
        "member"
    )
    entries = own.with_columns(
        present=pl.lit(3), n_firms=pl.lit(8), mechanism=pl.lit("mean_benchmark"), won=pl.lit(False)
    )
    return entries.lazy(), bids.lazy()


def test_bids_to_one_side_pull_the_mean() -> None:
    row = group_benchmark(*averaged(1, 1, 30, push=60.0)).collect().row(0, named=True)
    assert row["benchmark_lots"] == 30
    assert row["benchmark_pull_p"] <= 0.001


def test_pull_and_pivotal_wins_are_honest(honest: Callable[[pl.Series], None]) -> None:
    found = group_benchmark(*averaged(2, 120, 6, push=0.0)).collect()
    honest(found["benchmark_pull_p"])
    honest(found["pivotal_wins_p"])


def test_lots_that_no_member_wins_say_nothing_of_pivotal_wins() -> None:
    few, none = (averaged(3, 1, lots, push=push) for lots, push in ((30, 20.0), (60, 150.0)))
    others = [
        table.with_columns(pl.concat_str(pl.lit("X"), "tender_id").alias("tender_id")) for table in none
    ]
    both = [pl.concat(tables) for tables in zip(few, others, strict=True)]

    alone, beside = (group_benchmark(*tables).collect().row(0, named=True) for tables in (few, both))

    assert beside["pivotal_wins"] == alone["pivotal_wins"] > 0
    assert alone["pivotal_wins_p"] < 0.7  # honest bids: random others in these members' lots do as well
    assert beside["pivotal_wins_p"] == pytest.approx(alone["pivotal_wins_p"], abs=0.05)


def test_pull_equals_the_shift_of_the_mean(as_entries: Entries) -> None:
    prices = [100.0, 104.0, 90.0, 95.0, 99.0]
    bids = pl.LazyFrame({"tender_id": ["T00"] * 5, "bidder_id": [f"F{f}" for f in range(5)], "price": prices})
    rows = meetings([prices[:2]], outsiders=[3], mechanism=["mean_benchmark"], won=[False])
    row = group_benchmark(as_entries(rows), bids).collect().row(0, named=True)
    assert row["benchmark_pull"] == pytest.approx(abs(np.mean(prices[2:]) / np.mean(prices) - 1))


def lot_of(prices: list[float]) -> pl.LazyFrame:
    firms = [f"F{f}" for f in range(len(prices))]
    bids = pl.LazyFrame({"tender_id": "T00", "bidder_id": firms, "bid_id": firms, "price": prices})
    tenders = pl.LazyFrame(
        {"tender_id": ["T00"], "mechanism": ["mean_benchmark"], "mechanism_detail": [None]}
    )
    return benchmark_bids(
        bids.with_columns(ceiling=pl.lit(None, pl.Float64)),
        tenders.with_columns(pl.col("mechanism_detail").cast(pl.String)),
    )


@pytest.mark.parametrize(("winner", "price", "expected"), [("F0", 102.0, 0), ("F0", 110.0, 1)])
def test_an_extreme_bid_that_helps_a_member_supports(
    as_entries: Entries, winner: str, price: float, expected: int
) -> None:
    prices = [price, 150.0, 100.0, 99.0, 98.0, 101.0]
    rows = meetings([prices[:2]], outsiders=[4], mechanism=["mean_benchmark"])
    entries = as_entries([{**r, "won": r["bidder_id"] == winner} for r in rows])
    row = group_support(entries, lot_of(prices)).collect().row(0, named=True)
    assert (row["support_lots"], row["support_bids"]) == (1, expected)
    # One of the five other bids supports, and one of the five is a member's.
    assert row["support_p"] == pytest.approx(0.2 if expected else 1.0, abs=0.04)


def test_support_is_not_looked_for_where_an_outsider_won(as_entries: Entries) -> None:
    rows = meetings([[110.0, 150.0]], outsiders=[4], mechanism=["mean_benchmark"], won=[False])
    lot = lot_of([110.0, 150.0, 100.0, 99.0, 98.0, 101.0])
    assert group_support(as_entries(rows), lot).collect().is_empty()


def test_support_is_honest(honest: Callable[[pl.Series], None]) -> None:
    entries, bids = averaged(4, 120, 8, push=0.0)
    whole = bids.with_columns(bid_id="bidder_id", ceiling=pl.lit(None, pl.Float64))
    detail = pl.lit(None, pl.String)
    terms = bids.select("tender_id").unique().with_columns(
        mechanism=pl.lit("mean_benchmark"), mechanism_detail=detail
    )  # fmt: skip
    first = pl.col("bidder_id") == pl.col("bidder_id").min().over("tender_id")
    honest(
        group_support(entries.with_columns(won=first), benchmark_bids(whole, terms)).collect()["support_p"]
    )
