import numpy as np
import polars as pl
import pytest

from features.market.gap_comparison import GRID, gap_comparison
from features.segments import Floats

RING = {f"T{t}" for t in range(80)}


def bids_of(prices: Floats) -> pl.LazyFrame:
    tender = np.repeat(np.arange(len(prices)), prices.shape[1])
    return pl.LazyFrame({"tender_id": [f"T{t}" for t in tender], "price": prices.ravel()})


def covered(rng: np.random.Generator) -> pl.LazyFrame:
    prices = 100 * np.exp(0.05 * rng.normal(size=(200, 5)))
    prices[:80, 0] = 90.0
    prices[:80, 1:] = 94 + rng.uniform(0, 1.0, (80, 4))
    return bids_of(prices)


@pytest.mark.parametrize("between", ["winner and runner-up", "losers"])
def test_p_values_are_uniform_without_a_difference(between: str) -> None:
    rng = np.random.default_rng(1)
    p = np.sort(
        [
            gap_comparison(
                bids_of(100 * np.exp(0.05 * rng.normal(size=(120, 4)))), RING, between=between,  # type: ignore[arg-type]
                resamples=99, seed=i,
            ).p_value
            for i in range(120)
        ]
    )  # fmt: skip

    assert np.abs(p - (np.arange(120) + 0.5) / 120).max() < 0.149  # the 1 % point of Kolmogorov's distance


def test_cover_bids_leave_the_winner_alone_and_crowd_among_themselves() -> None:
    bids = covered(np.random.default_rng(2))

    apart, crowd = gap_comparison(bids, RING), gap_comparison(bids, RING, between="losers")

    assert apart.statistic < -0.3
    assert crowd.statistic > 0.3
    assert max(apart.p_value or 1, crowd.p_value or 1) == pytest.approx(0.001)


def test_shares_of_small_gaps_are_those_of_the_definition() -> None:
    rng = np.random.default_rng(3)
    prices = 100 * np.exp(0.05 * rng.normal(size=(100, 4)))
    ordered = np.sort(prices, axis=1)
    gaps = np.diff(ordered, axis=1) / ordered[:, :1]
    losers = np.column_stack([gaps[:, 1], np.minimum(gaps[:, 1], gaps[:, 2]), gaps[:, 2]])
    suspected = np.arange(100) < 80

    for between, small in (("winner and runner-up", gaps[:, :1]), ("losers", losers)):
        found = gap_comparison(bids_of(prices), RING, between=between, resamples=9)  # type: ignore[arg-type]
        for c in GRID:
            share = (small <= c).mean(axis=1)
            expected = share[suspected].mean() - share[~suspected].mean()
            assert found.details[f"difference_{c:g}"] == pytest.approx(expected)


def test_the_number_of_bids_is_no_difference() -> None:
    rng = np.random.default_rng(4)
    many, few = (100 * np.exp(0.05 * rng.normal(size=(60, n))) for n in (12, 3))
    both = [bids_of(many), bids_of(few).with_columns(tender_id="x" + pl.col("tender_id"))]
    suspected = {f"T{t}" for t in range(45)} | {f"xT{t}" for t in range(15)}

    assert (gap_comparison(pl.concat(both), suspected, between="losers").p_value or 0) > 0.05


def test_neither_order_nor_currency_matters() -> None:
    bids = covered(np.random.default_rng(5)).collect()
    other = bids.with_columns(pl.col("price") * 8).sample(fraction=1.0, shuffle=True, seed=1)

    assert gap_comparison(other.lazy(), RING, resamples=99) == gap_comparison(bids.lazy(), RING, resamples=99)


def test_too_few_of_either_set_are_refused() -> None:
    bids = covered(np.random.default_rng(6))

    with pytest.raises(ValueError, match="needs at least 20 suspected tenders and has 3"):
        gap_comparison(bids, {"T1", "T2", "T3"})
    with pytest.raises(ValueError, match="needs at least 20 control tenders and has 1"):
        gap_comparison(bids, {f"T{t}" for t in range(199)})
