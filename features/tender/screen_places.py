"""Screens among earlier tenders of the same kind: what a null of independent normal bids leaves out.

Shares of competitive tenders (`null_calibrated`) suppose that nothing but the bidders shapes the bids. A
ceiling does, too: it cuts off the dear bids, so that what is left bunches below it and the lowest looks apart
from the rest. Quotas, price lists and costs that lean to one side do the like. Earlier tenders of the same
award method and category, with or without a bid at the ceiling, have met with the same. A place among them
is right whatever the law of the bids, as long as tenders of a kind are alike.
"""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from scipy.special import logit

from features.catalogue import Column, Grain, Kept, Reach, block, frame
from features.earlier_rank import BITS, place_before
from features.segments import Floats
from features.tender.null_calibrated import CLUSTERED, mixed_share
from features.tender.null_tables import DRAWS, null_share

ENOUGH = 100
"""Earlier tenders from which a kind can tell one in a hundred."""

KINDS = (
    "award method, category and whether a bid is at the ceiling",
    "award method and whether a bid is at the ceiling",
)
"""How alike the tenders compared are, finer first: the first with `ENOUGH` earlier ones is used.

Screens are free of scale, so that other categories are a fair measure where one is thin.
"""

_DOMAIN = (
    f"deadline known, an award by lowest price or score, or not on record; {ENOUGH} such earlier tenders"
)
_UNIT = "share of earlier tenders"


@block(
    Grain.TENDER,
    {
        "relative_distance_place": Column(
            "Share of earlier tenders of its kind, itself included, whose lowest bid stands as far from the "
            "others for their number, or farther.", "相对距离的历史分位", _UNIT,
            f"relative_distance known, {_DOMAIN}", "rules Q06"),
        "bid_gap_place": Column(
            "Share of earlier tenders of its kind, itself included, whose gap between the two lowest bids is "
            "as unusual for their number, small or large.", "最低两价差距的历史分位", _UNIT,
            f"bid_gap_ratio_null known, {_DOMAIN}", "rules Q14"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def screen_places(screen_levels: pl.LazyFrame, asked_tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with two valid bids or more and a deadline."""
    kinds = [f"kind{i}" for i, _ in enumerate(KINDS)]
    apart, gap = (
        place_before(screen_levels.with_columns(level=name), asked_tenders, kinds, enough=ENOUGH).select(
            "tender_id", place
        )
        for name, place in (
            ("apart", pl.col("place").alias("relative_distance_place")),
            ("gap", pl.col("place").alias("bid_gap_place")),
        )
    )
    return apart.join(gap, on="tender_id")


@frame(
    reach=Reach.TENDER,
    kept=Kept(
        ("kind0", "kind1"), lambda: ENOUGH, (pl.col("apart").count(), pl.col("gap").count()), as_of=True
    ),
)
def screen_levels(
    bid_statistics: pl.LazyFrame,
    market_dispersion: pl.LazyFrame,
    tenders: pl.LazyFrame,
    tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per tender: its moments, its kinds, and levels that rise from unusual to ordinary."""
    method = pl.col("mechanism").cast(pl.String).fill_null("not on record")
    ceiling = (pl.col("near_ceiling_share") > 0).cast(pl.String).fill_null("none")
    gap = pl.col("second_bid") - pl.col("lowest_bid")
    return (
        bid_statistics.filter(pl.col("n_valid") >= 2)
        .join(tenders.select("tender_id", "mechanism", "category"), on="tender_id")
        .filter(~method.is_in([m.value for m in CLUSTERED]))
        .join(tender_codes.select("tender_id", "deadline_at", "known_at"), on="tender_id")
        .join(market_dispersion.select("tender_id", "market_dispersion", "dispersion_freedom"),
              on="tender_id", how="left")
        .select(
            "tender_id", "deadline_at", "known_at",
            pl.format("{}|{}|{}", method, pl.col("category").fill_null(""), ceiling).alias("kind0"),
            pl.format("{}|{}", method, ceiling).alias("kind1"),
            _level(_apart, pl.when(pl.col("losers_sd") > 0).then(gap / pl.col("losers_sd"))).alias("apart"),
            _level(_far_out, pl.when(gap > 0).then((gap / pl.col("lowest_bid")).log1p()
                   / pl.col("market_dispersion")), "dispersion_freedom").alias("gap"),
        )
    )  # fmt: skip


def _level(share: Callable[..., Floats], screen: pl.Expr, *also: str) -> pl.Expr:
    """A share of competitive tenders as a level, even on the log odds; null where a column is null."""

    def levels(columns: Sequence[pl.Series]) -> pl.Series:
        known = ~np.logical_or.reduce([c.is_null().to_numpy() for c in columns])
        found = np.full(known.size, np.nan)
        read = (c.filter(pl.Series(known)).to_numpy().astype(np.float64) for c in columns)
        found[known] = np.clip(share(*read), 1 / DRAWS, 1 - 1 / DRAWS)
        level = np.rint((logit(found) / logit(1 - 1 / DRAWS) + 1) / 2 * (2**BITS - 1))
        return pl.Series(level, nan_to_null=True).cast(pl.Int64)

    return pl.map_batches([screen, "n_valid", *also], levels, pl.Int64, is_elementwise=True)


def _apart(distance: Floats, n: Floats) -> Floats:
    return 1 - null_share("relative_distance", distance, n.astype(np.int64))


def _far_out(gap: Floats, n: Floats, freedom: Floats) -> Floats:
    share = mixed_share("gap", gap, n, freedom)
    return 2 * np.minimum(share, 1 - share)
