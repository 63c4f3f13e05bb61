from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from features.build import Build
from features.catalogue import KEYS, Grain
from features.segments import Floats
from records.tables import Market, market_of

BLOCKS = (
    "co_bidding",
    "pair_outcomes",
    "pair_positions",
    "pair_alternation",
    "pair_ratios",
    "pair_residuals",
    "pair_upload_order",
)
P = {
    "joint_p": "co_bidding",
    "win_p_a": "pair_outcomes",
    "win_p_b": "pair_outcomes",
    "loss_p_a_to_b": "pair_outcomes",
    "loss_p_b_to_a": "pair_outcomes",
    "opposite_extremes_p": "pair_positions",
    "win_alternation_p": "pair_alternation",
    "ratio_p": "pair_ratios",
    "residual_p": "pair_residuals",
    "upload_order_p": "pair_upload_order",
}


def frame(market: Market, name: str) -> pl.DataFrame:
    return Build(market).table(name).collect().sort(KEYS[Grain.PAIR])


def changed(market: Market, bids: pl.DataFrame) -> Market:
    return market_of(tenders=market.tenders.collect().sample(fraction=1, shuffle=True, seed=2), bids=bids)


@pytest.mark.parametrize("name", BLOCKS)
def test_neither_order_nor_currency_matters(name: str, make_market: Callable[..., Market]) -> None:
    market = make_market(4)
    bids = market.bids.collect().sample(fraction=1, shuffle=True, seed=1)
    other = changed(market, bids.with_columns(pl.col("amount") * 8))
    assert_frame_equal(frame(other, name), frame(market, name), rel_tol=1e-6, abs_tol=1e-6)


@pytest.mark.parametrize("name", [name for name in BLOCKS if name != "pair_ratios"])
def test_a_second_dearer_bid_of_a_firm_changes_nothing(name: str, make_market: Callable[..., Market]) -> None:
    market = make_market(4)
    bids = market.bids.collect()
    again = bids.with_columns(
        pl.format("{}-again", "bid_id").alias("bid_id"), pl.col("amount") + 1, won=pl.lit(False)
    )
    other = changed(market, pl.concat([bids, again]))
    assert_frame_equal(frame(other, name), frame(market, name), rel_tol=1e-6, abs_tol=1e-6)


def test_every_block_lists_the_same_pairs(make_market: Callable[..., Market]) -> None:
    build = Build(make_market(6))
    keys = [
        build.table(name).select(KEYS[Grain.PAIR]).collect().sort("bidder_a", "bidder_b") for name in BLOCKS
    ]
    assert keys[0].height > 0
    for other in keys[1:]:
        assert_frame_equal(other, keys[0])
    assert build.grain(Grain.PAIR).collect().height == keys[0].height


def test_a_market_in_which_nobody_met_twice_has_empty_frames(
    as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    market = as_market([entry(0, f, 10.0 + f) for f in range(3)])
    for name in BLOCKS:
        assert frame(market, name).is_empty()


@pytest.mark.parametrize("column", P)
@pytest.mark.parametrize(
    "kind",
    [{}, {"cost": 0.04}, {"size": (2, 10), "firms": 20, "cost": 0.02}],
    ids=["like firms", "unlike firms", "many firms"],
)
def test_p_values_are_not_too_bold_under_competition(
    column: str,
    kind: dict[str, Any],
    compete: Callable[..., list[Any]],
    as_market: Callable[..., Market],
    bold: Callable[[Floats], float],
) -> None:
    markets = (as_market(compete(seed, **kind)) for seed in range(8))
    p = np.concatenate([frame(m, P[column])[column].drop_nulls().to_numpy() for m in markets])
    assert p.size > 200
    assert p.min() >= 0
    assert p.max() <= 1
    assert bold(p) < 3.5
