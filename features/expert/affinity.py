"""Whether an expert keeps marking one bidder higher than colleagues do: a snapshot (rules X02)."""

import numpy as np
import polars as pl
from scipy.special import stdtr

from features.catalogue import Column, Grain, block, frame
from features.false_discovery import false_discovery_rate

LEAST_LOTS = 3
"""Fewer joint tenders say nothing about a pair."""
LEAST_REST = 8
"""Marks of other bidders from which the expert's usual spread is taken."""


@frame
def bid_leanings(mark_deviations: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender, expert and bidder: how much higher the expert marked it than colleagues did.

    `leaning` is the mean deviation over items, less the expert's mean over the bidders of the tender, so
    that a generous expert favours nobody, over sqrt(1 - 1/bidders), which that subtraction costs.
    """
    seat = ("tender_id", "expert_id")
    of_bid = mark_deviations.group_by(*seat, "bidder_id").agg(pl.col("deviation").mean())
    n = pl.len().over(seat)
    centred = pl.col("deviation") - pl.col("deviation").mean().over(seat)
    return of_bid.filter(n >= 2).with_columns(leaning=centred / (1 - 1 / n).sqrt()).drop("deviation")


@frame
def affinities(bid_leanings: pl.LazyFrame) -> pl.LazyFrame:
    """One row per expert and bidder with three joint tenders and more.

    Columns: `lots, mean` (of the leaning, as a share of the maximum), `effect` (shrunk towards zero by how
    much pairs differ at all: empirical Bayes), `z` (mean over its standard error), `p` (one-sided, Student t
    with the expert's spread for all other bidders) and `q`, adjusted for all pairs.
    """
    pair, value = ("expert_id", "bidder_id"), pl.col("leaning")
    own = bid_leanings.group_by(pair).agg(
        pl.len().alias("lots"), value.sum().alias("sum"), (value**2).sum().alias("squares")
    )
    rest_n = pl.col("lots").sum().over("expert_id") - pl.col("lots")
    rest = pl.col("squares").sum().over("expert_id") - pl.col("squares")
    told = (
        own.with_columns(rest_n=rest_n, variance=rest / rest_n, mean=pl.col("sum") / pl.col("lots"))
        .filter((pl.col("lots") >= LEAST_LOTS) & (pl.col("rest_n") >= LEAST_REST) & (pl.col("variance") > 0))
        .with_columns(noise=pl.col("variance") / pl.col("lots"))
    )
    between = ((pl.col("mean") ** 2 - pl.col("noise")) * pl.col("lots")).sum() / pl.col("lots").sum()
    tau = between.clip(lower_bound=0)
    return (
        told.with_columns(z=pl.col("mean") / pl.col("noise").sqrt(),
                          effect=pl.col("mean") * tau / (tau + pl.col("noise")))
        .with_columns(p=pl.struct("z", "rest_n").map_batches(_upper, return_dtype=pl.Float64))
        .sort(pair)
        .with_columns(q=false_discovery_rate(pl.col("p")))
        .select(*pair, pl.col("lots").cast(pl.Int64), "mean", "effect", "z", "p", "q")
    )  # fmt: skip


_PAIR = f"a bidder with {LEAST_LOTS} joint tenders, {LEAST_REST} marks of others"


@block(
    Grain.EXPERT,
    {
        "favoured_bidder": Column("The bidder to whom the expert leans most clearly.", "倾向最明显的投标人",
                                  "",
                                  _PAIR, "rules X02"),
        "affinity_lots": Column("Tenders in which the expert judged it.", "共同项目数", "tenders", _PAIR),
        "affinity_effect": Column(
            "How much higher the expert marks it than colleagues do, shrunk by what pairs usually differ.",
            "倾向分值", "share of the maximum mark", _PAIR, "empirical Bayes; rules X02"),
        "affinity_z": Column("The same unshrunk, over its standard error.", "倾向z值", "deviations", _PAIR,
                             "rules X02"),
        "affinity_p": Column("Chance of so large a leaning, times the bidders that were compared.",
                             "倾向的偶然概率", "probability", _PAIR, "Student t; rules X02"),
        "affinity_q": Column("False discovery rate at which this is a finding, among all pairs.",
                             "倾向的错误发现率", "probability", _PAIR, "Benjamini and Hochberg 1995"),
    },
)  # fmt: skip
def expert_affinity(affinities: pl.LazyFrame) -> pl.LazyFrame:
    """One row per expert with a bidder to compare."""
    first = pl.exclude("expert_id").sort_by("p", "bidder_id").first()
    best = affinities.group_by("expert_id").agg(first, pl.len().alias("pairs"))
    return best.select(
        "expert_id",
        pl.col("bidder_id").alias("favoured_bidder"),
        pl.col("lots").alias("affinity_lots"),
        pl.col("effect").alias("affinity_effect"),
        pl.col("z").alias("affinity_z"),
        (pl.col("p") * pl.col("pairs")).clip(upper_bound=1.0).alias("affinity_p"),
        pl.col("q").alias("affinity_q"),
    )


def _upper(of: pl.Series) -> pl.Series:
    z, df = (of.struct.field(name).cast(pl.Float64).to_numpy() for name in ("z", "rest_n"))
    return pl.Series(np.asarray(stdtr(df, -z), np.float64))
