"""Whether experts were drawn from their lists evenly: a snapshot of a market (rules X08)."""

import numpy as np
import polars as pl
from scipy.special import chdtrc

from features.catalogue import Column, Grain, block
from features.false_discovery import false_discovery_rate

CLASSES = 10
"""Tenths of the list."""
LEAST_DRAWS = 50
"""Five expected in each tenth, below which the chi-squared law is no guide."""


@block(
    Grain.BUYER,
    {
        "n_draws_of_experts": Column(
            "Experts drawn for the buyer's tenders whose place in their list is known.",
                                     "抽取专家人次", "experts", "places in the list on record", "rules X08"),
        "draw_rank_p": Column(
            "Chance of places as unevenly spread over the tenths of their lists (chi-squared).",
            "专家抽取名次的偶然概率", "probability", f"n_draws_of_experts >= {LEAST_DRAWS}", "rules X08"),
        "draw_rank_q": Column("False discovery rate at which this is a finding, among all buyers.",
                              "抽取名次的错误发现率", "probability", "as draw_rank_p",
                              "Benjamini and Hochberg 1995"),
        "replaced_share": Column("Share of the experts drawn for it who were replaced.", "专家更换比例",
                                 "share",
                                 "who was replaced is on record", "rules X08"),
    },
)  # fmt: skip
def expert_draws(panels: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per buyer with experts on record.

    A list of m experts puts ceil(m t/10) - ceil(m (t-1)/10) places in tenth t, which is what is expected;
    lists shorter than ten are left out. Experts of one draw exclude each other, so the statistic is, if
    anything, too small.
    """
    own = tenders.filter(pl.col("buyer_id").is_not_null()).select("tender_id", "buyer_id")
    drawn = panels.join(own, on="tender_id")
    placed = drawn.filter((pl.col("draw_rank") <= pl.col("pool_size")) & (pl.col("pool_size") >= CLASSES))
    size = pl.col("pool_size")
    ends = [((size * t + CLASSES - 1) // CLASSES) for t in range(CLASSES + 1)]
    seen = [((pl.col("draw_rank") > ends[t]) & (pl.col("draw_rank") <= ends[t + 1])).sum() for t in _TENTHS]
    due = [((ends[t + 1] - ends[t]) / size).sum() for t in _TENTHS]
    spread = pl.sum_horizontal((s - d) ** 2 / d for s, d in zip(seen, due, strict=True))
    tested = placed.group_by("buyer_id").agg(
        pl.len().cast(pl.Int64).alias("n_draws_of_experts"),
        pl.when(pl.len() >= LEAST_DRAWS).then(spread).alias("draw_rank_p"),
    ).sort("buyer_id").with_columns(
        pl.col("draw_rank_p").map_batches(_p, return_dtype=pl.Float64)
    ).with_columns(draw_rank_q=false_discovery_rate(pl.col("draw_rank_p")))  # fmt: skip
    replaced = drawn.group_by("buyer_id").agg(pl.col("replaced").mean().alias("replaced_share"))
    return replaced.join(tested, on="buyer_id", how="left")


_TENTHS = range(CLASSES)


def _p(statistic: pl.Series) -> pl.Series:
    p = chdtrc(CLASSES - 1, statistic.cast(pl.Float64).fill_null(np.nan).to_numpy())
    return pl.Series(p).fill_nan(None)
