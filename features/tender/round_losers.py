"""Whether the losing bids of a tender are round more often than those of earlier tenders (rules Q10b)."""

import numpy as np
import polars as pl

from features.binomial import upper_tail
from features.catalogue import Column, Grain, Kept, Reach, block, frame
from features.earlier import state_before
from features.hashed import join_hashed

ENOUGH = 200
"""Earlier losing bids from which a category, or else the whole market, has a habit of its own."""

_DOMAIN = f"deadline known, n_valid >= 2, {ENOUGH} earlier losing bids"
_SUMS = ("losers", "round")


@block(
    Grain.TENDER,
    {
        "usual_thousands_share": Column(
            "Share of multiples of 1,000 among the bids but the lowest in earlier tenders of the category, "
            "or else of the market.", "此前同类非最低报价中千元整数占比", "share", _DOMAIN, "rules Q10b"),
        "thousands_p": Column(
            "Chance of so many multiples of 1,000 among the bids but the lowest if each were round as often.",
            "千元整数过多的偶然概率", "probability",
            f"{_DOMAIN}; habits of firms and buyers are not allowed for", "rules Q10b; binomial"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def round_losers(losing_totals: pl.LazyFrame, asked_tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a deadline and two valid bids or more."""
    lots = losing_totals.with_columns(market=pl.lit(0))
    asked = (
        join_hashed(lots, asked_tenders, "tender_id", "semi")
        .filter(pl.col("deadline_at").is_not_null())
        .drop("known_at").rename({name: f"own_{name}" for name in _SUMS})
    )  # fmt: skip
    near = state_before(asked, _running(lots, "category"), by=["category"]).drop("known_at")
    far = state_before(asked, _running(lots, "market"), by=["market"]).select("tender_id", *_SUMS)
    both = join_hashed(near, far.rename({name: f"{name}_all" for name in _SUMS}), "tender_id")
    own = pl.col("losers").fill_null(0) >= ENOUGH
    used = both.with_columns(pl.when(own).then(name).otherwise(f"{name}_all").alias(name) for name in _SUMS)
    share = (pl.col("round") + 1) / (pl.col("losers") + 2)
    known = pl.when(pl.col("losers") >= ENOUGH)
    return used.with_columns(known.then(share).alias("usual_thousands_share")).select(
        "tender_id",
        "usual_thousands_share",
        pl.struct("own_round", "own_losers", "usual_thousands_share")
        .map_batches(_tail, return_dtype=pl.Float64)
        .alias("thousands_p"),
    )


@frame(reach=Reach.TENDER, kept=Kept(("category", ""), lambda: ENOUGH, (pl.col("losers").sum(),)))
def losing_totals(
    price_digits: pl.LazyFrame, priced_bids: pl.LazyFrame, tenders: pl.LazyFrame, tender_codes: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tender with two valid bids or more: its moments and category, `losers`, `round` ones."""
    n = priced_bids.group_by("tender_id").agg((pl.len().cast(pl.Int64) - 1).alias("losers"))
    return (
        price_digits.select("tender_id", "thousands_loser_share")
        .pipe(join_hashed, n, "tender_id").filter(pl.col("thousands_loser_share").is_not_null())
        .with_columns(round=(pl.col("thousands_loser_share") * pl.col("losers")).round().cast(pl.Int64))
        .drop("thousands_loser_share")
        .pipe(join_hashed, tenders.select("tender_id", "category"), "tender_id")
        .pipe(join_hashed, tender_codes.select("tender_id", "deadline_at", "known_at"), "tender_id")
    )  # fmt: skip


def _running(lots: pl.LazyFrame, by: str) -> pl.LazyFrame:
    ordered = lots.filter(pl.col(by).is_not_null(), pl.col("known_at").is_not_null()).sort("known_at")
    return ordered.select(by, "known_at", *(pl.col(name).cum_sum().over(by) for name in _SUMS))


def _tail(of: pl.Series) -> pl.Series:
    """Binomial chance of as many round ones or more; null where the usual share is."""
    many, n, share = (of.struct.field(name).cast(pl.Float64).to_numpy() for name in of.struct.fields)
    chance = np.where(np.isnan(share), np.nan, upper_tail(many, n, share))
    return pl.Series(chance, nan_to_null=True)
