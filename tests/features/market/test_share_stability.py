from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from features.market.share_stability import share_stability
from features.segments import Counts


def awards(winner: Counts, price: float = 1.0) -> pl.LazyFrame:
    days = [date(2015, 1, 1) + timedelta(days=10 * t) for t in range(winner.size)]
    return pl.LazyFrame(
        {
            "tender_id": [f"T{t}" for t in range(winner.size)],
            "bidder_id": [f"F{w}" for w in winner],
            "price": price,
            "won": True,
            "deadline_at": days,
        }
    )


def test_p_values_are_uniform_when_awards_are_independent() -> None:
    rng = np.random.default_rng(1)
    p = np.sort(
        [
            share_stability(awards(rng.integers(0, 6, 200)), resamples=199, seed=i).p_value or 0.0
            for i in range(150)
        ]
    )

    assert np.abs(p - (np.arange(150) + 0.5) / 150).max() < 0.133  # the 1 % point of Kolmogorov's distance


def test_quotas_are_too_steady_and_turns_of_a_year_swing() -> None:
    quotas = share_stability(awards(np.tile(np.arange(5), 50)))
    swing = awards(np.zeros(250, np.int64)).with_columns(
        bidder_id=pl.format("F{}", pl.col("deadline_at").dt.year() % 2)
    )
    turns = share_stability(swing)

    assert quotas.p_value == pytest.approx(0.001)
    assert quotas.statistic < quotas.details["mean_of_random_periods"]
    assert turns.statistic == 1.0
    assert turns.details["unstable_p"] == pytest.approx(0.001)


def test_the_statistic_is_half_the_absolute_change() -> None:
    winner = np.array([0] * 30 + [1] * 7 + [0] * 20 + [1] * 20)
    dated = awards(winner).with_columns(
        deadline_at=pl.Series([date(2015, 5, 1)] * 37 + [date(2016, 5, 1)] * 40)
    )

    assert share_stability(dated, resamples=9).statistic == pytest.approx(30 / 37 - 0.5)


def test_amounts_weigh_where_asked() -> None:
    bids = awards(np.tile(np.arange(5), 50)).with_columns(
        price=pl.when(pl.col("deadline_at").dt.year() % 2 == 0, pl.col("bidder_id") == "F0")
        .then(100.0)
        .otherwise(1.0)
    )

    assert share_stability(bids, by_amount=True).statistic > 0.5 > share_stability(bids).statistic


def test_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="needs at least 50 awards and has 20"):
        share_stability(awards(np.zeros(20, np.int64)))
    with pytest.raises(ValueError, match="needs at least 2 periods with awards and has 1"):
        share_stability(awards(np.zeros(60, np.int64)), every="10y")
