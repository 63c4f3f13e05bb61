from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from features.build import Build
from features.catalogue import CATALOGUE, Grain
from features.tender.closest_four import window_sd
from features.tender.null_calibrated import bid_cv_null, bid_gap_ratio_null, closest_four_null
from features.tender.null_tables import DRAWS
from records.tables import market_of

SHARES = {name for name in CATALOGUE.columns(Grain.TENDER) if name.endswith("_null")}
SCALE_FREE = SHARES - {"bid_cv_null", "bid_gap_ratio_null", "closest_four_null"}
STEPS = {"step_spread_null", "log_step_spread_null"}


def rows(*tenders: list[float], mechanism: str | None = None) -> list[dict[str, Any]]:
    bids = pl.DataFrame(
        [
            {"bid_id": f"{t}-{i}", "tender_id": f"T{t}", "bidder_id": f"F{i}", "amount": b, "batch_id": "x"}
            for t, amounts in enumerate(tenders)
            for i, b in enumerate(amounts)
        ]
    )
    listed = bids.select("tender_id", "batch_id", mechanism=pl.lit(mechanism, pl.String)).unique()
    return (
        Build(market_of(tenders=listed, bids=bids)).grain(Grain.TENDER).sort("tender_id").collect().to_dicts()
    )


def test_every_main_screen_has_its_share() -> None:
    assert len(SHARES) == 11
    assert {name.removesuffix("_null") for name in SHARES} < set(CATALOGUE.columns(Grain.TENDER))


@pytest.mark.parametrize(
    ("bids", "undefined"),
    [
        ([100.0], SCALE_FREE),
        ([100.0, 110.0], SCALE_FREE),
        ([100.0, 100.0, 100.0], SCALE_FREE),
        ([100.0, 110.0, 110.0], {"bid_kurtosis_null", "relative_distance_null", "alternative_distance_null"}),
        ([100.0, 107.0, 110.0], {"bid_kurtosis_null"}),
        ([100.0, 107.0, 110.0, 112.0], set()),
        ([100.0 + i**1.5 for i in range(301)], SCALE_FREE),
    ],
)
def test_undefined_screens_have_no_share(bids: list[float], undefined: set[str]) -> None:
    row = rows(bids, [1.0, 2.0])[0]
    assert {name for name in SCALE_FREE if row[name] is None} == undefined


def test_a_cover_pattern_stands_out_and_more_so_among_more_bids() -> None:
    small, large, plain = rows(
        [100, 112, 112.5, 113.1], [100, 112, 112.5, 113.1, 112.2, 112.7, 112.9, 113.4], [100, 104, 107, 113]
    )
    assert 0.95 < small["relative_distance_null"] < large["relative_distance_null"]
    assert small["bid_skewness_null"] < 0.05
    assert 0.2 < plain["relative_distance_null"] < 0.8


@pytest.mark.parametrize(
    ("mechanism", "known"),
    [
        *((free, SCALE_FREE) for free in (None, "lowest", "scored")),
        *((clustered, STEPS) for clustered in ("mean_benchmark", "rate")),
        *((closed, set()) for closed in ("fixed", "lottery", "auction")),
    ],
)
def test_bids_that_cluster_by_design_have_no_share(mechanism: str | None, known: set[str]) -> None:
    (row,) = rows([100.0, 107.0, 110.0, 112.0], mechanism=mechanism)
    assert {name for name in SCALE_FREE if row[name] is not None} == known


def test_equal_steps_are_as_rare_as_the_simulation_can_say() -> None:
    (row,) = rows([100, 110, 120, 130, 140])
    assert row["step_spread_null"] == pytest.approx(1 / DRAWS)
    (row,) = rows([100, 200, 400, 800, 1600])
    assert row["log_step_spread_null"] < 1e-5 < row["step_spread_null"]


N_BIDS = 7


def market_shares(freedom: float, seed: int) -> dict[str, npt.NDArray[np.float64]]:
    """Shares of competitive tenders of seven bids in a market whose deviations vary."""
    rng, draws = np.random.default_rng(seed), 20_000
    own = 0.06 * np.sqrt(freedom / rng.chisquare(freedom, draws))
    x = np.exp(np.sort(rng.standard_normal((draws, N_BIDS)), axis=1) * own[:, None])
    frame = pl.DataFrame(
        {
            "cv": x.std(axis=1, ddof=1) / x.mean(axis=1),
            "gap": x[:, 1] / x[:, 0] - 1,
            "four": window_sd(np.log(x.T)).min(axis=0),
        }
    ).with_columns(n=N_BIDS, typical=0.06, freedom=freedom, mechanism=pl.lit(None, pl.String))
    market = (pl.col("n"), pl.col("typical"), pl.col("freedom"), pl.col("mechanism"))
    made = frame.select(
        cv=bid_cv_null(pl.col("cv"), *market),
        gap=bid_gap_ratio_null(pl.col("gap"), *market),
        four=closest_four_null(pl.col("four"), *market),
    )
    return {name: np.sort(made[name].to_numpy()) for name in made.columns}


@pytest.mark.parametrize("freedom", [4.0, 20.0, 1e4])
def test_shares_are_even_in_a_competitive_market(freedom: float) -> None:
    for name, shares in market_shares(freedom, 5).items():
        worst = np.abs(shares - (np.arange(shares.size) + 0.5) / shares.size).max()
        assert worst < 0.02, (name, worst)
