"""Purchases of one kind that a buyer made without an open tender, one after the other (rules B02).

As of the deadline: a purchase is compared with those of the same buyer, category and currency before it.
Those that were put to open tender evade nothing: they add to no sum. But where prices gather is counted over
all, since the law puts those above a threshold to open tender. No threshold is built in: the rule has it.
"""

import numpy as np
import polars as pl

from features.binomial import upper_tail
from features.catalogue import Column, Grain, Reach, block, feature, frame

BAND = 0.10
"""Plans within this share of each other are of like size."""
MONTHS = 12

_CELL = ["buyer_id", "category", "currency"]
_WIDTH = -float(np.log1p(-BAND))
_WORDS = {
    "works": "工程|works?\\b",
    "goods": "货物|goods\\b|设备采购",
    "services": "服务|services?\\b|监理|咨询",
}


@feature(Grain.TENDER, zh="采购类型", domain="the category says so", source="招标投标法 3; 政府采购法 2")
def purchase_kind(category: pl.Expr) -> pl.Expr:
    """Whether works, goods or services are bought, read from the words of the category."""
    said = {kind: category.str.contains(f"(?i){words}") for kind, words in _WORDS.items()}
    services = pl.when(said["services"]).then(pl.lit("services"))
    return services.when(said["works"]).then(pl.lit("works")).when(said["goods"]).then(pl.lit("goods"))


@frame(reach=Reach.TENDER)
def priced_plans(tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per purchase with `planned`, the estimate or the ceiling; `closed`: not put to open tender.

    Columns beside: `tender_id`, buyer, category, currency and `deadline_at`.
    """
    planned = pl.coalesce("estimate", "ceiling").cast(pl.Float64)
    kept = pl.all_horizontal(pl.col(c).is_not_null() for c in ("buyer_id", "category", "deadline_at"))
    closed = (pl.col("procurement_method") != "open").fill_null(True)
    told = tenders.filter(kept).select("tender_id", *_CELL, "deadline_at", planned=planned, closed=closed)
    return told.filter(pl.col("planned") > 0)


@frame(reach=Reach.TENDER)
def closed_plans(priced_plans: pl.LazyFrame) -> pl.LazyFrame:
    """One row per purchase that was not put to open tender.

    Columns: those of `priced_plans` but `closed`, `cents` (a whole number, so that sums come out alike in
    any order) and `year`, the calendar year in China.
    """
    return (
        priced_plans.filter("closed").drop("closed")
        .with_columns(cents=(pl.col("planned") * 100).round().cast(pl.Int64),
                      year=pl.col("deadline_at").dt.convert_time_zone("Asia/Shanghai").dt.year())
    )  # fmt: skip


_KNOWN = "not put to open tender; buyer, category, deadline and planned price known"


@block(
    Grain.TENDER,
    {
        "planned_price": Column("Estimate, else ceiling, of a purchase that was not put to open tender.",
                                "未公开招标采购的预算金额", "currency of the tender", _KNOWN, "rules B02"),
        "like_plans": Column(f"Such purchases of the buyer and category in {MONTHS} months, this included.",
                             "12个月内同类未公开招标项目数", "tenders", _KNOWN, "rules B02"),
        "like_plans_sum": Column("Their planned prices together.", "12个月内同类未公开招标预算合计",
                                 "currency of the tender", _KNOWN, "招标投标法 49; rules B02"),
        "like_plans_largest": Column("The largest of them.", "12个月内同类未公开招标最大预算",
                                     "currency of the tender", _KNOWN, "rules B02"),
        "like_plans_of_year": Column("Such purchases in the calendar year so far, this included.",
                                     "本年度同类未公开招标项目数", "tenders", _KNOWN,
                                     "政采条例 28; rules B02"),
        "like_plans_of_year_sum": Column("Their planned prices together.", "本年度同类未公开招标预算合计",
                                         "currency of the tender", _KNOWN, "政采条例 28; rules B02"),
        "like_plans_of_year_largest": Column("The largest of them.", "本年度同类未公开招标最大预算",
                                             "currency of the tender", _KNOWN, "rules B02"),
    },
    reach=Reach.STRATUM,
)  # fmt: skip
def like_plans(closed_plans: pl.LazyFrame) -> pl.LazyFrame:
    """One row per such purchase; what has the same deadline does not count."""
    keys = [*_CELL, "deadline_at"]
    moments = (
        closed_plans.group_by(*keys, "year")
        .agg(pl.len().cast(pl.Int64).alias("n"), pl.col("cents").sum(), pl.col("cents").max().alias("top"))
        .sort("deadline_at")
    )
    window = f"{MONTHS}mo"
    before = moments.select(
        *keys,
        pl.col("n").rolling_sum_by("deadline_at", window, closed="left").over(_CELL).alias("n_12"),
        pl.col("cents").rolling_sum_by("deadline_at", window, closed="left").over(_CELL).alias("cents_12"),
        pl.col("top").rolling_max_by("deadline_at", window, closed="left").over(_CELL).alias("top_12"),
        pl.col("n").cum_sum().shift(1).over(*_CELL, "year").alias("n_year"),
        pl.col("cents").cum_sum().shift(1).over(*_CELL, "year").alias("cents_year"),
        pl.col("top").cum_max().shift(1).over(*_CELL, "year").alias("top_year"),
    )
    joined = closed_plans.join(before, on=keys, how="left", nulls_equal=True)
    return joined.select(
        "tender_id",
        pl.col("planned").alias("planned_price"),
        *(
            made
            for tag, name in (("12", "like_plans"), ("year", "like_plans_of_year"))
            for made in (
                (pl.col(f"n_{tag}").fill_null(0) + 1).alias(name),
                ((pl.col(f"cents_{tag}").fill_null(0) + pl.col("cents")) / 100).alias(f"{name}_sum"),
                (pl.max_horizontal(f"top_{tag}", "cents") / 100).alias(f"{name}_largest"),
            )
        ),
    )


@block(
    Grain.TENDER,
    {
        "plans_just_below": Column(
            f"Purchases of the buyer and category in the {MONTHS} months before, openly tendered or not, "
            f"whose planned price is up to {BAND:.0%} below this one's, or equal to it.",
            "此前12个月同类采购中略低于本项目预算者", "tenders", _KNOWN, "rules B02"),
        "plans_just_above": Column("The same just above.", "此前12个月同类采购中略高于本项目预算者",
                                   "tenders", _KNOWN, "rules B02"),
        "plans_below_p": Column(
            "Chance of so many below among those just below and above, if both sides are alike (binomial, "
            "one half).", "预算集中于某金额之下的偶然概率", "probability",
            f"{_KNOWN}; one just below or above", "a comparison of densities after McCrary 2008; rules B02"),
    },
    reach=Reach.STRATUM,
)  # fmt: skip
def plans_near(priced_plans: pl.LazyFrame) -> pl.LazyFrame:
    """One row per purchase that was not put to open tender; neighbours are looked up by steps of a logarithm.

    The null of `plans_below_p`: planned prices lie as densely just below this one as just above it, so that
    each neighbour falls on either side with chance one half, whatever procedure it was put to. Its n is
    `plans_just_below + plans_just_above`.
    """
    step = (pl.col("planned").log() / _WIDTH).floor().cast(pl.Int64)
    plans = priced_plans.with_columns(step=step)
    here, others = (
        plans.filter("closed"),
        plans.select(*_CELL, "step", other="planned", known_at="deadline_at"),
    )
    sides = here.with_columns(step=pl.concat_list(pl.col("step") + d for d in (-1, 0, 1))).explode("step")
    recent = (pl.col("known_at") < pl.col("deadline_at")) & (
        pl.col("known_at") >= pl.col("deadline_at").dt.offset_by(f"-{MONTHS}mo")
    )
    size = pl.col("other") / pl.col("planned")
    near = sides.join(others, on=[*_CELL, "step"], nulls_equal=True).filter(recent).group_by("tender_id").agg(
        size.is_between(1 - BAND, 1).sum().cast(pl.Int64).alias("plans_just_below"),
        size.is_between(1, 1 / (1 - BAND), closed="right").sum().cast(pl.Int64).alias("plans_just_above"),
    )  # fmt: skip
    counts = ["plans_just_below", "plans_just_above"]
    return (
        here.select("tender_id").join(near, on="tender_id", how="left")
        .with_columns(pl.col(counts).fill_null(0))
        .with_columns(plans_below_p=pl.struct(counts).map_batches(_tail, return_dtype=pl.Float64))
    )  # fmt: skip


def _tail(counts: pl.Series) -> pl.Series:
    below, above = (counts.struct.field(name).to_numpy() for name in counts.struct.fields)
    p = pl.Series(upper_tail(below, below + above, 0.5))
    return pl.select(pl.when(pl.Series(below + above) > 0).then(p)).to_series()
