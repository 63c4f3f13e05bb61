from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import pearsonr

from features.build import Build
from features.pair.meetings import Meetings
from features.pair.residuals import FEWEST_MEETINGS, _freed, standard_residuals
from features.segments import Floats
from records.tables import Market, market_of

Bold = Callable[[Floats], float]


def residual_p(market: Market) -> Floats:
    return Build(market).table("pair_residuals").collect()["residual_p"].drop_nulls().to_numpy()


def test_correlations_are_those_of_the_freed_residuals(
    compete: Callable[..., list[Any]], as_market: Callable[..., Market]
) -> None:
    build = Build(as_market(compete(1, tenders=40)))
    meetings, residuals = (
        Meetings.of(build.table("pair_meetings")),
        standard_residuals(build.table("pair_entries")),
    )
    x, y = _freed(residuals, meetings.first, meetings.second)
    of_pair = np.repeat(np.arange(meetings.pair.size), meetings.cut.n)
    ids = build.table("bidder_codes").collect()["bidder_id"]
    rows = {(r["bidder_a"], r["bidder_b"]): r for r in build.table("pair_residuals").collect().to_dicts()}
    for k, pair in enumerate(meetings.pair.tolist()):
        row, mine = rows[ids[pair >> 32], ids[pair % 2**32]], of_pair == k
        assert row["n_residuals"] == mine.sum()
        if mine.sum() < FEWEST_MEETINGS:
            assert row["residual_correlation"] is None
        else:
            r = pearsonr(x[mine], y[mine]).statistic
            assert row["residual_correlation"] == pytest.approx(r)
            assert row["residual_z"] == pytest.approx(np.arctanh(r) * np.sqrt(mine.sum() - 3))


def test_freed_residuals_are_uncorrelated_with_variance_one_under_competition(
    compete: Callable[..., list[Any]], as_market: Callable[..., Market]
) -> None:
    build = Build(as_market(compete(2, tenders=2000, size=(3, 5), cost=0.1, spreads=0.3)))
    meetings, residuals = (
        Meetings.of(build.table("pair_meetings")),
        standard_residuals(build.table("pair_entries")),
    )
    x, y = _freed(residuals, meetings.first, meetings.second)
    assert np.mean(x * y) == pytest.approx(0.0, abs=0.03)
    assert np.mean(x * x) == pytest.approx(1.0, abs=0.05)
    assert np.mean(y * y) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    "kind",
    [
        {"size": (3, 3), "tenders": 250},
        {"size": (3, 6), "cost": 0.1},
        {"size": (8, 8), "tenders": 60},
        {"size": (3, 6), "scale": 0.7},
        {"size": (3, 6), "spreads": 0.3},
    ],
    ids=["three bidders", "unlike costs", "eight bidders", "unlike tenders", "unlike spreads"],
)
def test_p_values_are_not_too_bold_under_competition_with_common_shocks(
    kind: dict[str, Any], compete: Callable[..., list[Any]], as_market: Callable[..., Market], bold: Bold
) -> None:
    p = np.concatenate([residual_p(as_market(compete(seed, **kind))) for seed in range(12)])
    assert p.size > 500
    assert bold(p) < 3.5
    assert (p <= 0.1).mean() > 0.04


def test_two_that_move_together_stand_out(
    compete: Callable[..., list[Any]], as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    rng = np.random.default_rng(1)
    talk = np.exp(0.08 * rng.normal(size=300))
    entries = [
        entry(e.tender, e.bidder, e.price * (talk[e.tender] if e.bidder < 2 else 1.0))
        for e in compete(5, tenders=300, firms=15, size=(4, 8))
    ]
    rows = Build(as_market(entries)).table("pair_residuals").collect().sort("residual_q")
    assert rows.select("bidder_a", "bidder_b").row(0) == ("F000", "F001")
    assert rows["residual_correlation"][0] > 0.5
    assert rows["residual_q"][0] < 0.01


def test_tenders_of_two_and_equal_bids_say_nothing(
    as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    two = [entry(t, f, 10.0 + f + t) for t in range(9) for f in range(2)]
    equal = [entry(20 + t, f, 10.0) for t in range(9) for f in range(3)]
    for entries in (two, equal):
        row = Build(as_market(entries)).table("pair_residuals").collect().to_dicts()[0]
        assert (row["n_residuals"], row["residual_p"]) == (0, None)


def test_tenders_awarded_by_a_mean_of_bids_do_not_count(
    compete: Callable[..., list[Any]], as_market: Callable[..., Market]
) -> None:
    market = as_market(compete(1, tenders=40))
    method = pl.lit("mean_benchmark").cast(market.tenders.collect_schema()["mechanism"])
    averaged = market_of(
        tenders=market.tenders.with_columns(mechanism=method).collect(), bids=market.bids.collect()
    )
    found = Build(averaged).table("pair_residuals").collect()
    assert found["n_residuals"].sum() == 0
    assert found["residual_q"].null_count() == found.height
