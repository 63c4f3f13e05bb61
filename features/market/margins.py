"""By how much each bid won or lost, as a share of the ceiling price."""

import polars as pl

from features.market.outcome import need_columns
from features.tender.price_grid import price_grid

STEPS = 20
"""Steps of a price grid within a window of margins from which it counts as fine: one step more or less at
the window's edge is then 5 % of the places in it."""


def margins(bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per bid of a tender with a ceiling and two bids or more.

    Args:
        bids: the frame `priced_bids`, or any with `tender_id, price, ceiling`; other columns pass through.

    Returns:
        The bids with `ratio` (price over ceiling), `rival` (the lowest other bid over the ceiling, at
        most 1, since nobody wins above the ceiling), `margin` (ratio minus rival: below zero for the
        lowest bid, above for the others, zero when tied) and `closest` (gap of the two lowest ratios).

    >>> bids = pl.LazyFrame({"tender_id": ["T"] * 3, "price": [90.0, 92.0, 97.0], "ceiling": [100.0] * 3})
    >>> margins(bids).select(pl.col("rival", "margin", "closest").round(3)).collect().rows()
    [(0.92, -0.02, 0.02), (0.9, 0.02, 0.02), (0.9, 0.07, 0.02)]
    """
    need_columns("Margins", bids, ("tender_id", "price", "ceiling"))
    ratio = pl.col("price") / pl.col("ceiling").cast(pl.Float64)
    lowest, second = (pl.col("ratio").sort().get(i).over("tender_id") for i in (0, 1))
    rival = pl.when(pl.col("ratio") == lowest).then(second).otherwise(lowest)
    return (
        bids.filter((pl.col("price") > 0) & (pl.col("ceiling").cast(pl.Float64) > 0))
        .filter(pl.len().over("tender_id") > 1)
        .with_columns(ratio.alias("ratio"))
        .with_columns(rival.clip(upper_bound=1.0).alias("rival"), (second - lowest).alias("closest"))
        .with_columns((pl.col("ratio") - pl.col("rival")).alias("margin"))
    )


def coarse_share(bids: pl.LazyFrame, width: float) -> float:
    """Share of the tenders whose bids lie on a grid with fewer than `STEPS` steps in `width` of the ceiling.

    Where it is large, margins below the width are rare or absent because nobody bids in such steps, and an
    agreement need not be the reason. Two bids share a divisor easily, so this errs on the high side.

    >>> bids = pl.LazyFrame({"tender_id": ["T", "T", "U", "U"], "price": [900.0, 910.0, 901.37, 910.01],
    ...                      "ceiling": [1000.0] * 4})
    >>> coarse_share(margins(bids), 0.005)
    0.5
    """
    ceilings = bids.group_by("tender_id").agg(pl.col("ceiling").cast(pl.Float64).min())
    tenders = ceilings.with_columns(pl.lit(None).alias("estimate"))
    grids = price_grid(bids, tenders).join(ceilings, on="tender_id")
    coarse = pl.col("price_grid") > width / STEPS * pl.col("ceiling")
    return float(grids.select(coarse.mean()).collect().item())
