from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import kruskal

from features.market.dispersion_regimes import FEWEST, Change, dispersion_regimes
from features.segments import Floats

START = datetime(2015, 1, 1, tzinfo=UTC)


def tenders(cv: Floats, per_day: int = 1) -> pl.LazyFrame:
    days = [START + timedelta(days=i // per_day) for i in range(cv.size)]
    return pl.LazyFrame({"deadline_at": days, "bid_cv": cv})


def days_in(change: Change) -> int:
    assert isinstance(change.at, datetime)
    return (change.at - START).days


def test_p_values_are_uniform_without_a_change() -> None:
    rng = np.random.default_rng(4)
    p = np.sort(
        [dispersion_regimes(tenders(rng.gamma(2, 0.03, 80)), resamples=199).p_value for _ in range(150)]
    )

    assert np.abs(p - (np.arange(150) + 0.5) / 150).max() < 0.133  # the 1 % point of Kolmogorov's distance


def test_planted_regimes_are_found_where_they_are() -> None:
    rng = np.random.default_rng(5)
    cv = np.r_[rng.normal(0.08, 0.01, 120), rng.normal(0.02, 0.01, 90), rng.normal(0.08, 0.01, 100)]

    found = dispersion_regimes(tenders(cv))

    assert np.abs(np.array([days_in(c) for c in found.changes]) - [120, 210]).max() <= 1
    assert [round(c.after, 2) for c in found.changes] == [0.02, 0.08]
    assert found.p_value == pytest.approx(0.001)
    assert found.n == 310


def test_a_short_regime_amid_a_long_one_is_found() -> None:
    rng = np.random.default_rng(8)
    cv = np.exp(np.r_[rng.normal(0, 0.5, 130), rng.normal(-0.7, 0.5, 35), rng.normal(0, 0.5, 135)])

    found = dispersion_regimes(tenders(cv))

    assert np.abs(np.array([days_in(c) for c in found.changes]) - [130, 165]).max() <= 8
    assert max(c.p_value for c in found.changes) < 0.01


def test_where_nothing_changed_a_change_is_as_rare_as_asked() -> None:
    rng = np.random.default_rng(9)
    runs = [
        dispersion_regimes(tenders(rng.gamma(2, 0.03, 80)), level=0.05, resamples=199, seed=i)
        for i in range(150)
    ]

    assert np.mean([len(f.changes) > 0 for f in runs]) <= 0.11  # twice the level and three binomial errors


def test_the_statistic_is_kruskal_and_wallis_at_the_best_cut() -> None:
    cv = np.random.default_rng(6).gamma(2, 0.03, 70).round(2)

    best = max(kruskal(cv[:k], cv[k:]).statistic for k in range(FEWEST, 70 - FEWEST + 1))

    assert dispersion_regimes(tenders(cv), resamples=9).statistic == pytest.approx(best)


def test_neither_order_nor_unit_matters() -> None:
    market = tenders(np.random.default_rng(7).gamma(2, 0.03, 100), per_day=5)
    shuffled = market.collect().sample(fraction=1.0, shuffle=True, seed=1).lazy()
    doubled = market.with_columns(pl.col("bid_cv") * 2)

    assert dispersion_regimes(shuffled) == dispersion_regimes(market)
    assert dispersion_regimes(doubled).p_value == dispersion_regimes(market).p_value


def test_tenders_of_one_day_are_never_parted() -> None:
    cv = np.r_[np.full(44, 0.02), np.full(56, 0.09)]

    found = dispersion_regimes(tenders(cv, per_day=20))

    assert [days_in(c) for c in found.changes] == [2]


def test_constant_dispersion_has_no_regimes() -> None:
    found = dispersion_regimes(tenders(np.full(50, 0.05)))

    assert (found.statistic, found.p_value, found.changes) == (0.0, 1.0, ())


def test_undefined_values_do_not_count_and_too_few_are_refused() -> None:
    cv = np.r_[np.full(39, 0.05), np.nan]

    with pytest.raises(ValueError, match="needs at least 40 tenders and has 39"):
        dispersion_regimes(tenders(cv))
    with pytest.raises(ValueError, match="Deadlines leave no cut with 20 tenders"):
        dispersion_regimes(tenders(np.full(50, 0.05), per_day=50))
    with pytest.raises(ValueError, match=r"\['spread'\] are not among"):
        dispersion_regimes(tenders(cv), value="spread")


def test_tsuchiura_spreads_in_2009_and_draws_together_later(tsuchiura: pl.LazyFrame) -> None:
    by_tender = tsuchiura.group_by("tender_id").agg(
        deadline_at=pl.col("date").min(), bid_cv=pl.col("price").std() / pl.col("price").mean()
    )

    found = dispersion_regimes(by_tender)

    assert found.p_value == pytest.approx(0.001)
    assert [(c.at.year, c.after > c.before) for c in found.changes] == [
        (2009, True),
        (2010, False),
        (2013, False),
    ]
