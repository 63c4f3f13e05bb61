from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from features.market.rank_persistence import rank_persistence

FIRMS, BIDDERS = 10, 4


def market(rng: np.random.Generator, tenders: int = 150, memory: float = 0.0) -> pl.LazyFrame:
    strength, last = 0.05 * rng.normal(size=FIRMS), np.zeros(FIRMS)
    rows = []
    for t in range(tenders):
        for firm in rng.choice(FIRMS, BIDDERS, replace=False):
            last[firm] = memory * last[firm] + 0.05 * rng.normal()
            day = date(2010, 1, 1) + timedelta(days=2 * t)
            rows.append((f"T{t}", f"F{firm}", float(np.exp(strength[firm] + last[firm])), day))
    return pl.LazyFrame(rows, schema=["tender_id", "bidder_id", "price", "deadline_at"], orient="row")


def test_p_values_are_uniform_for_firms_of_unequal_strength() -> None:
    rng = np.random.default_rng(1)
    p = np.sort([rank_persistence(market(rng), draws=99).p_value or 0.0 for _ in range(120)])

    assert np.abs(p - (np.arange(120) + 0.5) / 120).max() < 0.149  # the 1 % point of Kolmogorov's distance


def test_kept_places_and_turns_have_opposite_signs() -> None:
    rng = np.random.default_rng(2)
    kept, turns = (rank_persistence(market(rng, memory=m)) for m in (0.8, -0.8))

    assert kept.statistic > kept.details["mean_of_random_orders"] + 0.1
    assert turns.statistic < turns.details["mean_of_random_orders"] - 0.05
    assert max(kept.p_value or 1, turns.p_value or 1) < 0.02


def test_it_is_the_correlation_of_consecutive_differences() -> None:
    bids = market(np.random.default_rng(3), tenders=60).collect()
    ranked = bids.with_columns(
        rank=(pl.col("price").rank().over("tender_id") - 1) / (pl.len().over("tender_id") - 1)
    ).with_columns(rank=pl.col("rank") - pl.col("rank").mean().over("bidder_id"))
    met = ranked.join(ranked, on="tender_id").filter(pl.col("bidder_id") < pl.col("bidder_id_right"))
    pairs = (
        met.sort("deadline_at")
        .with_columns(now=pl.col("rank") - pl.col("rank_right"))
        .with_columns(
            then=pl.col("now").shift(-1).over("bidder_id", "bidder_id_right", order_by="deadline_at")
        )
        .drop_nulls("then")
    )
    now, then = pairs["now"].to_numpy(), pairs["then"].to_numpy()

    found = rank_persistence(bids.lazy(), draws=9)

    assert found.n == pairs.height
    assert found.statistic == pytest.approx((now @ then) / np.sqrt((now @ now) * (then @ then)))


def test_neither_order_nor_currency_matters() -> None:
    bids = market(np.random.default_rng(4)).collect()
    other = bids.with_columns(pl.col("price") * 8).sample(fraction=1.0, shuffle=True, seed=1)

    one, same = (rank_persistence(b.lazy(), draws=49) for b in (bids, other))

    assert same.statistic == pytest.approx(one.statistic)
    assert (same.p_value, same.n) == (one.p_value, one.n)


def test_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="needs at least 50 repeated meetings of two firms"):
        rank_persistence(market(np.random.default_rng(5), tenders=8))
    with pytest.raises(ValueError, match=r"\['deadline_at'\] are not among"):
        rank_persistence(market(np.random.default_rng(5)).drop("deadline_at"))
