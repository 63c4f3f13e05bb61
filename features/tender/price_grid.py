"""How coarse the prices of a tender are: on a coarse grid equal totals and equal ratios mean little."""

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block
from features.segments import Segments

UNITS = 10_000
"""Units per currency unit in which totals are whole numbers."""

EXACT = 2.0**53
"""Totals of so many units and more are not whole numbers in floating point: their grid is unknown."""

_SCHEMA = pl.Schema({"tender_id": pl.String, "price_grid": pl.Float64, "tie_chance": pl.Float64})


@block(
    Grain.TENDER,
    {
        "price_grid": Column(
            "Largest amount of which every valid bid is a whole multiple.", "报价的最大公约数",
            "currency of the tender", "n_valid >= 2",
        ),
        "tie_chance": Column(
            "Chance that some two bids are equal when the bids fall evenly on the grid that they span.",
            "报价偶然相同的概率上限", "probability", "n_valid >= 2, not all bids equal",
            "expected number of equal pairs, at most 1",
        ),
    },
)  # fmt: skip
def price_grid(priced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with two priced bids or more.

    Round bids, published unit prices and prescribed steps leave few places for a bid to fall on.

    >>> bids = pl.LazyFrame({"tender_id": ["T"] * 3 + ["U"] * 3,
    ...                      "price": [3_650_000.0, 3_657_300.0, 3_664_600.0, 1_000.01, 1_107.02, 1_214.04]})
    >>> price_grid(bids).collect().with_columns(pl.col("tie_chance").round(4)).rows()
    [('T', 7300.0, 1.0), ('U', 0.01, 0.0001)]
    """
    ordered = (
        priced_bids.group_by("tender_id").agg(pl.col("price").sort()).filter(pl.col("price").list.len() > 1)
    )
    return ordered.sort("tender_id").map_batches(_grid, schema=_SCHEMA)


def _grid(ordered: pl.DataFrame) -> pl.DataFrame:
    if ordered.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    cut = Segments(ordered["price"].list.len().to_numpy().astype(np.int64))
    price = ordered["price"].explode().to_numpy()
    whole = np.rint(price * UNITS)
    small = cut.spread(cut.max(whole) < EXACT)
    divisor = np.gcd.reduceat(np.where(small, whole, 0).astype(np.int64), cut.start)
    grid = np.where(divisor > 0, divisor, np.nan) / UNITS
    places = (cut.max(price) - cut.min(price)) / grid
    pairs = cut.n * (cut.n - 1) / 2
    chance = np.minimum(pairs / np.maximum(places, 1), 1.0)
    chance[places == 0] = np.nan
    return pl.DataFrame(
        {"tender_id": ordered["tender_id"], "price_grid": grid, "tie_chance": chance}, nan_to_null=True
    )
