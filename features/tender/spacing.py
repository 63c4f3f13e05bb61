"""How far bids lie from their neighbours: a winner set apart, losers crowded (Clark et al. 2025).

Their paper compares the two across markets and times; the columns here are its raw material per bid and
tender (implementation from the idea, research 3.15). Cover bids can leave few small gaps between winner and
runner-up and many between losers; rotation with mimicry leaves neither, so no column has a direction.
"""

import numpy as np
import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block, feature, frame
from features.ratio import ratio
from features.segments import Segments

_SPACING = pl.Schema(
    {
        **dict.fromkeys(KEYS[Grain.BID], pl.String),
        "price": pl.Float64,
        "position": pl.Int64,
        "nearest_bid_gap": pl.Float64,
        "nearest_loser_gap": pl.Float64,
    }
)
_LOSERS = "n_valid >= 3"
_SOURCE = "Clark, Coviello and De Leverano 2025"
_VALID = "the bid valid, priced and in the currency of the tender"


@frame(reach=Reach.TENDER)
def spaced_bids(priced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per valid, priced bid, sorted by tender and price, with its gaps to its neighbours.

    Columns: the key, `price`, `position` from 0 for the lowest, `nearest_bid_gap` to the nearest other bid
    and `nearest_loser_gap` to the nearest other bid but the lowest, both over the lowest bid.
    """
    columns = (*KEYS[Grain.BID], "price")
    return (
        priced_bids.select(columns).sort("tender_id", "price", "bid_id").map_batches(_gaps, schema=_SPACING)
    )


def _gaps(bids: pl.DataFrame) -> pl.DataFrame:
    cut = _cut(bids)
    price = bids["price"].to_numpy()
    first, last = cut.position == 0, cut.position == cut.spread(cut.n) - 1
    step = np.diff(price, append=np.inf)
    above = np.where(last, np.inf, step)
    below = np.where(first, np.inf, np.roll(step, 1))
    losers_below = np.where(cut.position <= 1, np.inf, below)
    lowest = cut.spread(price[cut.start]) if price.size else price
    gaps = {
        "nearest_bid_gap": np.minimum(above, below) / lowest,
        "nearest_loser_gap": np.where(first, np.inf, np.minimum(above, losers_below)) / lowest,
    }
    finite = {name: np.where(np.isfinite(x), x, np.nan) for name, x in gaps.items()}
    made = (pl.Series(name, x, nan_to_null=True) for name, x in finite.items())
    return bids.with_columns(pl.Series("position", cut.position), *made).select(_SPACING.names())


def _cut(bids: pl.DataFrame) -> Segments:
    return Segments(bids["tender_id"].rle().struct.field("len").to_numpy().astype(np.int64))


@block(
    Grain.BID,
    {
        "nearest_bid_gap": Column(
            "Distance to the nearest other bid.", "与最近报价的差率", "share of the lowest bid",
            f"{_VALID}, n_valid >= 2", _SOURCE),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def nearest_gaps(spaced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per valid, priced bid."""
    return spaced_bids.select(*KEYS[Grain.BID], "nearest_bid_gap")


@block(
    Grain.TENDER,
    {
        "losers_gap_min": Column(
            "Smallest distance between two bids other than the lowest.", "非最低报价间最小差率",
            "share of the lowest bid", _LOSERS, _SOURCE),
        "losers_gap_median": Column(
            "Median over the bids other than the lowest of the distance to the nearest other of them.",
            "非最低报价最近差率中位数", "share of the lowest bid", _LOSERS, _SOURCE),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def losers_gaps(spaced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a valid, priced bid."""
    gap = pl.col("nearest_loser_gap")
    return spaced_bids.group_by("tender_id").agg(
        gap.min().alias("losers_gap_min"), gap.median().alias("losers_gap_median")
    )


@feature(
    Grain.TENDER, zh="最低两价差与落标价差之比", unit="times", domain=f"{_LOSERS}, losers_gap_median > 0",
    source=_SOURCE,
)  # fmt: skip
def winner_to_losers_gap(bid_gap_ratio: pl.Expr, losers_gap_median: pl.Expr) -> pl.Expr:
    """Gap between the two lowest bids over the median gap between neighbouring other bids."""
    return ratio(bid_gap_ratio, losers_gap_median)
