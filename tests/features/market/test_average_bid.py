import math

import numpy as np
import polars as pl
import pytest

from features.market.average_bid import award
from features.segments import Floats


def by_hand(prices: Floats) -> tuple[float, float]:
    prices = np.sort(prices)
    ends = math.ceil(len(prices) / 10)
    inner = prices[ends : len(prices) - ends]
    low = inner[inner < inner.mean()]
    benchmark = low.mean() if low.size else inner.mean()
    return float(benchmark), float(prices[prices >= benchmark - 1e-9].min())


def market(rng: np.random.Generator, tenders: int = 60) -> pl.LazyFrame:
    n = rng.integers(5, 25, tenders)
    return pl.LazyFrame(
        {
            "tender_id": np.repeat(np.arange(tenders).astype(str), n),
            "bidder_id": np.concatenate([rng.choice(40, k, replace=False) for k in n]).astype(str),
            "price": rng.integers(700, 1000, n.sum()).astype(float),
        }
    )


def test_the_rule_is_that_of_the_law() -> None:
    bids = market(np.random.default_rng(1))
    group = [str(i) for i in range(8)]

    found = award(bids, group)

    for tender, rows in bids.collect().group_by("tender_id"):
        row = found.filter(pl.col("tender_id") == tender[0]).row(0, named=True)
        outside = rows.filter(~pl.col("bidder_id").is_in(group))["price"].to_numpy()
        assert (row["benchmark"], row["winning_price"]) == pytest.approx(by_hand(rows["price"].to_numpy()))
        assert row["members"] == rows.height - outside.size
        if outside.size >= 5:
            without = (row["benchmark_without"], row["winning_price_without"])
            assert without == pytest.approx(by_hand(outside))
        else:
            assert row["changed"] is None


def test_equal_bids_are_their_own_benchmark() -> None:
    bids = pl.LazyFrame({"tender_id": ["T"] * 7, "bidder_id": list("ABCDEFG"), "price": [0.1] * 7})

    assert award(bids).select("winning_price", "changed").rows() == [(0.1, False)]


def test_few_bids_have_no_rule_and_a_firm_bids_once() -> None:
    bids = pl.LazyFrame(
        {"tender_id": ["T"] * 5 + ["U"] * 4, "bidder_id": list("ABCDD") + list("ABCD"), "price": [1.0] * 9}
    )

    assert award(bids).height == 0
    with pytest.raises(ValueError, match=r"\['bidder_id'\] are not among"):
        award(bids.drop("bidder_id"))


def test_most_italian_winners_are_named(italy: pl.LazyFrame) -> None:
    lone = italy.filter("won").filter(pl.len().over("tender_id") == 1).select("tender_id", won_at="price")

    named = award(italy).join(lone.collect(), on="tender_id")

    assert named.height == 276
    assert (named["winning_price"] == named["won_at"]).sum() == 231
