import time
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from features.market.missing_bids import density_screen, share_not_competitive

AsBids = Callable[..., pl.LazyFrame]
REFERENCE_SECONDS = 88.0


def test_p_values_are_uniform_under_competition(as_bids: AsBids) -> None:
    rng = np.random.default_rng(11)
    p = [
        density_screen(as_bids(rng.uniform(0.7, 1.0, (250, 4))), width=0.01, resamples=199).p_value or 0.0
        for _ in range(100)
    ]

    apart = np.abs(np.sort(p) - (np.arange(100) + 0.5) / 100)
    assert apart.max() < 0.163  # the 1 % point of Kolmogorov's distance
    assert np.mean(np.array(p) <= 0.05) <= 0.11


@pytest.mark.parametrize("step", [0.01, 0.005, 0.002])
def test_prices_on_a_grid_leave_no_gap_by_themselves(step: float, as_bids: AsBids) -> None:
    rng = np.random.default_rng(17)
    drawn = (np.round(rng.uniform(0.7, 1.0, (250, 4)) / step) * step for _ in range(60))

    p = [density_screen(as_bids(prices), width=0.01, resamples=199).p_value or 0.0 for prices in drawn]

    assert np.mean(np.array(p) <= 0.05) <= 0.14  # 8 of 60, which a fair test exceeds once in five hundred
    assert np.mean(np.array(p) <= 0.01) <= 0.07


def test_an_agreed_winner_leaves_a_gap(agreed_winner: pl.LazyFrame, competition: pl.LazyFrame) -> None:
    gap, none = density_screen(agreed_winner, width=0.006), density_screen(competition, width=0.006)

    assert gap.statistic < 0.5 < none.statistic
    assert (gap.p_value or 1) < 0.01 < (none.p_value or 0)
    assert gap.n == 400


def test_ties_are_counted_apart(as_bids: AsBids) -> None:
    prices = np.random.default_rng(3).uniform(0.7, 1.0, (100, 4))
    prices[:30, 1] = prices[:30, 0] = prices[:30].min(axis=1) - 0.01

    found = density_screen(as_bids(prices), width=0.01)

    assert found.details["tied_share"] == pytest.approx(60 / 400)


@pytest.mark.parametrize("currency", [0.25, 1024.0])
def test_neither_order_nor_currency_matters(agreed_winner: pl.LazyFrame, currency: float) -> None:
    other = agreed_winner.with_columns(pl.col("price", "ceiling") * currency).collect()
    other = other.sample(fraction=1.0, shuffle=True, seed=4)

    assert density_screen(other.lazy(), width=0.006) == density_screen(agreed_winner, width=0.006)
    assert share_not_competitive(other.lazy()) == share_not_competitive(agreed_winner)


@pytest.mark.parametrize("bidders", [3, 5])
def test_equilibrium_is_not_accused(as_bids: AsBids, bidders: int) -> None:
    rng = np.random.default_rng(bidders)
    for _ in range(8):
        costs = rng.uniform(0.6, 0.98, (300, bidders))  # first-price equilibrium of uniform costs
        assert share_not_competitive(as_bids(costs + (0.98 - costs) / bidders)).bound == 0.0


def test_an_agreed_winner_cannot_be_explained(as_bids: AsBids) -> None:
    rng = np.random.default_rng(6)
    prices = rng.uniform(0.96, 1.0, (2000, 5))
    prices[:, 0] = prices[:, 1:].min(axis=1) - rng.uniform(0.005, 0.0075, 2000)

    found = share_not_competitive(as_bids(prices), deviations=(-0.02, 0.004))

    assert found.statistic == pytest.approx(0.2, abs=0.01)  # every winner could have asked for more
    assert 0.1 < (found.bound or 0) < 0.2


def test_a_few_hundred_tenders_cannot_tell_nought_from_little(agreed_winner: pl.LazyFrame) -> None:
    found = share_not_competitive(agreed_winner, deviations=(-0.02, 0.004))

    assert found.statistic == pytest.approx(0.2, abs=0.01)
    assert found.bound == 0.0


def test_more_markup_or_less_confidence_never_lowers_the_bound(agreed_winner: pl.LazyFrame) -> None:
    by_markup = [share_not_competitive(agreed_winner, markup=m).statistic for m in (0.0, 0.02, 0.1)]
    by_level = [share_not_competitive(agreed_winner, level=v).statistic for v in (0.99, 0.95, 0.6)]

    assert by_markup == sorted(by_markup)
    assert by_level == sorted(by_level)


def test_too_few_tenders_are_refused(competition: pl.LazyFrame) -> None:
    few = competition.head(200)

    with pytest.raises(ValueError, match="The density screen needs at least 50 tenders and has 40"):
        density_screen(few)
    with pytest.raises(ValueError, match="The bound needs at least 50 tenders without a near tie"):
        share_not_competitive(few)
    with pytest.raises(ValueError, match="No margin lies within 2e-09 of zero"):
        density_screen(competition, width=1e-9)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"markup": 0.6}, "0.6 to 0.5 is no range"),
        ({"deviations": (0.0,)}, "changes between -1 and 1 other than 0"),
        ({"level": 95}, "between 0.5 and 1; 95 does not"),
    ],
)
def test_settings_that_mean_nothing_are_refused(
    competition: pl.LazyFrame, wrong: dict[str, float], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        share_not_competitive(competition, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("above", [0.0, 0.9])
def test_tsuchiura_before_the_floor_reads_as_published(tsuchiura: pl.LazyFrame, above: float) -> None:
    before = tsuchiura.filter(~pl.col("floored"))

    assert share_not_competitive(before, above=above).statistic >= 0.12
    assert share_not_competitive(before, above=above, markup=0.1).statistic >= 0.60
    assert share_not_competitive(tsuchiura, above=above).statistic == 0.0


def test_the_reading_at_zero_markup_hangs_on_an_interval_of_no_width(tsuchiura: pl.LazyFrame) -> None:
    floorless = tsuchiura.filter(~pl.col("floored"))
    before = share_not_competitive(floorless, above=0.9)

    assert before.details["demand_+0.0008"] == before.details["demand_+0"]
    assert before.bound == 0.0
    assert share_not_competitive(floorless, above=0.9, markup=0.1).bound == pytest.approx(0.388, abs=0.001)
    assert before.details["coarse_share"] > 0.7


def test_tsuchiura_lacks_near_misses(tsuchiura: pl.LazyFrame) -> None:
    found = density_screen(tsuchiura.filter(~pl.col("floored")))

    assert found.statistic < 0.5
    assert found.p_value == pytest.approx(0.001)


def test_it_is_a_hundred_times_faster_than_the_reference(tsuchiura: pl.LazyFrame) -> None:
    bids = tsuchiura.filter(~pl.col("floored")).collect().lazy()
    begun = time.process_time()
    share_not_competitive(bids)

    assert time.process_time() - begun < REFERENCE_SECONDS / 100
