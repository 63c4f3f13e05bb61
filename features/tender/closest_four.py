"""The four closest bids of a tender: what is left of a ring among honest bidders (rules Q15).

Of all subsets of four the one with the least deviation is a run of neighbours, so that sorted bids show it
without a search. `features.tender.subgroup_screens` has every screen of every subset, on demand.
"""

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, Reach, block
from features.segments import Floats, Segments

SIZE = 4
"""Bids of a subset; three of a larger field are close by chance all the time."""

FEWEST = SIZE + 2
"""Bids from which four of them are a subset rather than nearly all."""

_SCHEMA = pl.Schema({"tender_id": pl.String, "closest_four": pl.Float64})


@block(
    Grain.TENDER,
    {
        "closest_four": Column(
            "Deviation of the logarithms of the four bids that lie closest together.",
            "最接近的四个报价的对数标准差", "share of the mean bid", f"n_valid >= {FEWEST}, not all bids "
            "equal",
            "rules Q15; after Wallimann, Imhof and Huber 2023",
        ),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def closest_four(priced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with six valid bids or more.

    >>> bids = pl.LazyFrame({"tender_id": ["T"] * 6, "price": [80.0, 100, 101, 102, 103, 120]})
    >>> closest_four(bids).collect().with_columns(pl.col("closest_four").round(3)).rows()
    [('T', 0.013)]
    """
    ordered = (
        priced_bids.select("tender_id", "price")
        .filter(pl.len().over("tender_id") >= FEWEST)
        .sort("tender_id", "price")
    )
    return ordered.map_batches(_closest, schema=_SCHEMA)


def _closest(bids: pl.DataFrame) -> pl.DataFrame:
    if bids.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    cut = Segments(bids["tender_id"].rle().struct.field("len").to_numpy().astype(np.int64))
    price = np.log(bids["price"].to_numpy())
    deviation, last = np.full(price.size, np.inf), price.size - SIZE + 1
    whole = cut.position[:last] + SIZE <= cut.spread(cut.n)[:last]
    deviation[:last][whole] = window_sd(price)[whole]
    least = np.where(cut.max(price) > cut.min(price), cut.min(deviation), np.nan)
    ids = bids["tender_id"].gather(cut.start)
    return pl.DataFrame({"tender_id": ids, "closest_four": least}, schema=_SCHEMA, nan_to_null=True)


def window_sd(x: Floats) -> Floats:
    """Sample deviation of every run of four neighbours along the first axis; zero for equal ones."""
    runs = [x[i : len(x) - SIZE + 1 + i] for i in range(SIZE)]
    mean = sum(runs[1:], start=runs[0]) / SIZE
    square = sum(((run - mean) ** 2 for run in runs), start=np.zeros_like(mean))
    return np.asarray(np.where(runs[-1] > runs[0], np.sqrt(square / (SIZE - 1)), 0.0))
