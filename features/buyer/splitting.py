"""Whether a buyer cuts its purchases so that each stays below a threshold: a snapshot (rules B02)."""

import polars as pl

from features.catalogue import Column, Grain, block, frame
from features.hypergeometric import upper_tail

THRESHOLDS = {"400": 4_000_000, "200": 2_000_000, "100": 1_000_000}
"""Yuan from which works, goods and services must be tendered (order 16 of 2018), by ten thousands."""
NEAR = 0.10
"""Estimates within this share of a threshold are near it."""
MONTHS = 12

_COUNTS = ("below", "market_near", "market_below", "near")


@frame
def priced_plans(tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender in yuan with a buyer, a moment and a planned price: the estimate, or the ceiling.

    Columns: `tender_id, buyer_id, category, at, planned`, sorted by `at`.
    """
    planned = pl.coalesce("estimate", "ceiling").cast(pl.Float64)
    yuan = pl.col("currency") == "CNY"
    return (
        tenders.filter(yuan & pl.col("buyer_id").is_not_null())
        .select("tender_id", "buyer_id", "category", pl.coalesce("published_at", "deadline_at").alias("at"),
                planned.alias("planned"))
        .drop_nulls(["at", "planned"]).sort("at", "tender_id")
    )  # fmt: skip


@block(
    Grain.BUYER,
    {
        name: column
        for tag, limit in THRESHOLDS.items()
        for name, column in (
            (f"below_{tag}_sum", Column(
                f"Largest sum in {MONTHS} months of its plans of one category that are each below "
                f"{limit:,} yuan.", f"{tag}万元以下同类项目12个月累计", "CNY", "planned prices in CNY",
                "招标投标法 49; rules B02")),
            (f"below_{tag}_lots", Column("Plans in that sum.", f"{tag}万元以下同类项目12个月数量", "tenders",
                                         f"as below_{tag}_sum", "rules B02")),
            (f"near_{tag}_lots", Column(
                f"Its plans just below {limit:,} yuan, by up to {NEAR:.0%}.", f"略低于{tag}万元的项目数",
                "tenders", "planned prices in CNY", "rules B02")),
            (f"near_{tag}_p", Column(
                "Chance of so many just below among its plans near that threshold, as plans near it lie in "
                "the whole market (hypergeometric).", f"{tag}万元门槛聚集的偶然概率", "probability",
                "a plan near the threshold", "a comparison of densities after McCrary 2008; rules B02")),
        )
    },
)  # fmt: skip
def purchase_splitting(priced_plans: pl.LazyFrame) -> pl.LazyFrame:
    """One row per buyer with planned prices in yuan."""
    made = priced_plans.select("buyer_id").unique()
    for tag, limit in THRESHOLDS.items():
        for part in (_sums(priced_plans, tag, limit), _near(priced_plans, tag, limit)):
            made = made.join(part, on="buyer_id", how="left")
    counts = [f"{what}_{tag}_lots" for tag in THRESHOLDS for what in ("below", "near")]
    sums = [f"below_{tag}_sum" for tag in THRESHOLDS]
    return made.with_columns(pl.col(counts).fill_null(0), pl.col(sums).fill_null(0.0))


def _sums(plans: pl.LazyFrame, tag: str, limit: int) -> pl.LazyFrame:
    """The heaviest window of a year among plans below the threshold; its end is a plan."""
    cell, window = ("buyer_id", "category"), f"{MONTHS}mo"
    small = plans.filter(pl.col("planned") < limit)
    heaps = small.rolling("at", period=window, group_by=list(cell)).agg(
        pl.col("planned").sum().alias("sum"), pl.len().cast(pl.Int64).alias("lots")
    )
    order = ["sum", "lots"]
    return heaps.group_by("buyer_id").agg(
        pl.col("sum").max().alias(f"below_{tag}_sum"),
        pl.col("lots").sort_by(order, descending=True).first().alias(f"below_{tag}_lots"),
    )


def _near(plans: pl.LazyFrame, tag: str, limit: int) -> pl.LazyFrame:
    """Plans near a threshold by the side on which they lie, beside those of the whole market."""
    near = plans.filter(pl.col("planned").is_between(limit * (1 - NEAR), limit * (1 + NEAR), closed="left"))
    below = (pl.col("planned") < limit).sum().cast(pl.Float64)
    whole = near.select(market_near=pl.len().cast(pl.Float64), market_below=below)
    return (
        near.group_by("buyer_id").agg(pl.len().cast(pl.Float64).alias("near"), below.alias("below"))
        .join(whole, how="cross")
        .with_columns(p=pl.struct(_COUNTS).map_batches(_tail, return_dtype=pl.Float64))
        .select("buyer_id", pl.col("below").cast(pl.Int64).alias(f"near_{tag}_lots"),
                pl.col("p").alias(f"near_{tag}_p"))
    )  # fmt: skip


def _tail(counts: pl.Series) -> pl.Series:
    of = counts.struct.unnest()
    return pl.Series(upper_tail(*(of[name].to_numpy() for name in _COUNTS)))
