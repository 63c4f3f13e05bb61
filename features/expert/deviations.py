"""How far an expert's marks lie from the panel's, over a market: a snapshot (rules X01, X04, X06)."""

import polars as pl

from features.catalogue import Column, Grain, block
from features.ratio import ratio

CRITICAL = 0.30
"""A mark so far from the panel's mean stands out: the value that a study in Henan took from six months of
data (rules X01)."""
LEAST_PEERS = 10
"""Fewer experts have no spread to speak of."""
NORMAL_MAD = 1.4826
"""Deviations per median absolute deviation under a normal law."""

_JUDGED = "subjective items marked beside two others"


@block(
    Grain.EXPERT,
    {
        "n_marked_tenders": Column("Tenders in which the expert judged.", "评审项目数", "tenders", _JUDGED),
        "n_marks": Column("Subjective marks given.", "主观评分数", "marks", _JUDGED),
        "mean_mark_deviation": Column(
            "Mean distance of the expert's marks from the mean of the others, over the panel's mean.",
            "平均评分偏离率", "share of the panel mean", _JUDGED, "rules X01"),
        "mark_bias": Column("The same with its sign: above zero for a generous expert.", "评分宽严倾向",
                            "share of the panel mean", _JUDGED, "rules X01"),
        "extreme_mark_share": Column(f"Share of the marks that lie {CRITICAL:.0%} and more off.",
                                     "偏离超30%的评分比例", "share", _JUDGED, "rules X01"),
        "mark_deviation_z": Column(
            "The mean deviation less the median of all experts, in robust deviations.",
            "评分偏离稳健z值", "deviations", f"{_JUDGED}, {LEAST_PEERS} experts", "rules X01"),
    },
)  # fmt: skip
def expert_deviations(mark_deviations: pl.LazyFrame) -> pl.LazyFrame:
    """One row per expert with comparable marks."""
    off = pl.col("relative_deviation")
    own = mark_deviations.filter(off.is_not_null()).group_by("expert_id").agg(
        pl.col("tender_id").n_unique().cast(pl.Int64).alias("n_marked_tenders"),
        pl.len().cast(pl.Int64).alias("n_marks"),
        off.abs().mean().alias("mean_mark_deviation"),
        off.mean().alias("mark_bias"),
        (off.abs() >= CRITICAL).mean().alias("extreme_mark_share"),
    )  # fmt: skip
    mean = pl.col("mean_mark_deviation")
    spread = (mean - mean.median()).abs().median() * NORMAL_MAD
    return own.with_columns(
        pl.when(pl.len() >= LEAST_PEERS).then(ratio(mean - mean.median(), spread)).alias("mark_deviation_z")
    )


@block(
    Grain.EXPERT,
    {
        "n_explained_tenders": Column("Tenders of the expert whose winner the sheets explain.",
                                      "可复算结果的项目数", "tenders", "complete sheets of three experts"),
        "n_decided_tenders": Column("Those that another would have won without the expert.",
                                    "其评分改变结果的项目数", "tenders", "as n_explained_tenders",
                                    "rules X04"),
    },
)  # fmt: skip
def expert_decisions(without_one_expert: pl.LazyFrame) -> pl.LazyFrame:
    """One row per expert with such tenders."""
    decided = pl.col("winner") != pl.col("winner_without")
    return without_one_expert.group_by("expert_id").agg(
        pl.len().cast(pl.Int64).alias("n_explained_tenders"),
        decided.sum().cast(pl.Int64).alias("n_decided_tenders"),
    )


@block(
    Grain.EXPERT,
    {
        "n_objective_marks": Column("Objective marks given beside two others who agree with each other.",
                                    "客观评分数", "marks", "objective items marked by three experts"),
        "objective_outlier_share": Column("Share of them in which the expert alone differs.",
                                          "客观分独异比例", "share", "n_objective_marks >= 1", "rules X06"),
    },
)  # fmt: skip
def objective_outliers(marks: pl.LazyFrame) -> pl.LazyFrame:
    """One row per expert with objective marks that can be compared."""
    seat = ("tender_id", "bidder_id", "item")
    alike = pl.len().over(*seat, "score")
    experts = pl.len().over(seat)
    told = marks.filter(pl.col("objective")).with_columns(alike=alike, experts=experts)
    agreed = pl.col("alike").max().over(seat) >= pl.col("experts") - 1
    judged = told.filter((pl.col("experts") >= 3) & agreed)
    return judged.group_by("expert_id").agg(
        pl.len().cast(pl.Int64).alias("n_objective_marks"),
        (pl.col("alike") == 1).mean().alias("objective_outlier_share"),
    )


@block(
    Grain.EXPERT,
    {
        "marking_minutes_per_bid": Column("Median over tenders of the minutes that the expert took per bid.",
                                          "每份投标评审用时中位数", "minutes",
                                          "beginning and end of the expert's work on record", "rules X06"),
        "n_copied_with": Column("Tenders in which the expert's marks equal another's throughout.",
                                "评分与他人完全相同的项目数", "tenders", "as n_copied_sheets", "rules X05"),
    },
)  # fmt: skip
def expert_manner(panels: pl.LazyFrame, bids: pl.LazyFrame, alike_sheets: pl.LazyFrame) -> pl.LazyFrame:
    """One row per expert whose time or whose company on a panel is on record."""
    entered = bids.group_by("tender_id").agg(pl.len().alias("entered"))
    took = (pl.col("finished_at") - pl.col("started_at")).dt.total_seconds() / 60
    pace = panels.join(entered, on="tender_id").group_by("expert_id").agg(
        ratio(took, pl.col("entered")).median().alias("marking_minutes_per_bid")
    )  # fmt: skip
    enough = (pl.col("bidders") >= 5) & (pl.col("items") >= 3)
    told = alike_sheets.filter(enough).with_columns(same=pl.col("equal") == pl.col("common"))
    sides = [told.select("tender_id", "same", expert_id=f"expert_{side}") for side in "ab"]
    copied = (
        pl.concat(sides)
        .group_by("expert_id")
        .agg(pl.col("tender_id").filter("same").n_unique().cast(pl.Int64).alias("n_copied_with"))
    )
    return pace.join(copied, on="expert_id", how="full", coalesce=True)
