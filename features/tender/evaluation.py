"""How a committee sat and marked: known from the evaluation on (T5)."""

import polars as pl

from features.catalogue import Column, Grain, Reach, block, feature, frame
from features.ratio import ratio

_HOUR, _MINUTE = 3600, 60
_EVEN = 9
"""Decimals in which two deviations are equal: sums add in no fixed order."""


@feature(Grain.TENDER, zh="评审时长", unit="hours", domain="evaluation_from and evaluation_to known")
def evaluation_hours(evaluation_from: pl.Expr, evaluation_to: pl.Expr) -> pl.Expr:
    """Hours from the beginning of the evaluation to the committee's report."""
    return (evaluation_to - evaluation_from).dt.total_seconds() / _HOUR


@feature(
    Grain.TENDER, zh="每份投标平均评审时间", unit="minutes", domain="evaluation_hours known, n_bids >= 1",
    source="rules X06",
)  # fmt: skip
def evaluation_minutes_per_bid(evaluation_hours: pl.Expr, n_bids: pl.Expr) -> pl.Expr:
    """Minutes of evaluation per bid."""
    return ratio(evaluation_hours * _MINUTE, n_bids)


@block(
    Grain.TENDER,
    {
        "median_bid_pages": Column("Median over bidders of the pages of their bid.", "投标文件页数中位数",
                                   "pages",
                                   "pages of every file of the bids that have files on record", "rules X06"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def bid_volume(documents: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a bid document."""
    of_bid = documents.filter(pl.col("bidder_id").is_not_null()).group_by("tender_id", "bidder_id")
    pages = of_bid.agg(
        pl.when(pl.col("pages").is_not_null().all()).then(pl.col("pages").sum()).alias("pages")
    )
    known = pl.col("pages").is_not_null().all()
    return pages.group_by("tender_id").agg(
        pl.when(known).then(pl.col("pages").median()).alias("median_bid_pages")
    )


@block(
    Grain.TENDER,
    {
        "n_experts": Column("Experts drawn who kept their seat.", "评标专家人数", "experts",
                            "the panel is on record"),
        "n_replaced_experts": Column("Experts drawn who were replaced.", "更换专家人数", "experts",
                                     "the panel is on record, with who was replaced", "条例 48; rules X08"),
        "n_draws": Column("How often experts were drawn.", "专家抽取次数", "draws",
                          "rounds of the draw on record",
                          "rules X08"),
        "draw_to_evaluation_hours": Column("Hours from the first draw to the beginning of the evaluation.",
                                           "抽取至评标间隔", "hours", "both moments known", "rules X08"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def panel_draw(panels: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender whose panel is on record."""
    told = panels.join(tenders.select("tender_id", "evaluation_from"), on="tender_id", how="left")
    begun = pl.coalesce(pl.col("evaluation_from").first(), pl.col("started_at").min())
    replaced = pl.col("replaced")
    return told.group_by("tender_id").agg(
        (~replaced.fill_null(False)).sum().cast(pl.Int64).alias("n_experts"),
        pl.when(replaced.is_not_null().any()).then(replaced.sum().cast(pl.Int64)).alias("n_replaced_experts"),
        pl.col("draw_round").max().cast(pl.Int64).alias("n_draws"),
        ((begun - pl.col("drawn_at").min()).dt.total_seconds() / _HOUR).alias("draw_to_evaluation_hours"),
    )


@frame(reach=Reach.TENDER)
def marks(expert_scores: pl.LazyFrame) -> pl.LazyFrame:
    """Marks that can be compared: `tender_id, bidder_id, expert_id, item, item_group, objective, mark`.

    `mark` is the score over the item's maximum, or over the highest mark given for the item where the
    maximum is not on record; null where that is not positive.
    """
    highest = pl.col("score").max().over("tender_id", "item")
    return expert_scores.filter(pl.col("score").is_not_null()).select(
        "tender_id", "bidder_id", "expert_id", "item", "item_group", "objective", "score",
        ratio(pl.col("score"), pl.coalesce("max_score", highest)).alias("mark"),
    )  # fmt: skip


@frame(reach=Reach.TENDER)
def mark_deviations(marks: pl.LazyFrame) -> pl.LazyFrame:
    """Each mark for a judgement beside those of the other experts for the same item of the same bid.

    Subjective items only (`objective` is not true) with three experts and more. Columns: those of `marks`
    and `others_mean`, `panel_mean`, `deviation` (from the others' mean, as a share of the maximum),
    `relative_deviation` (over the panel's mean).
    """
    seat = ("tender_id", "bidder_id", "item")
    n, total = pl.len().over(seat), pl.col("mark").sum().over(seat)
    subjective = ~pl.col("objective").fill_null(False) & pl.col("mark").is_not_null()
    judged = marks.filter(subjective).with_columns(
        experts=n, panel_mean=total / n, others_mean=(total - pl.col("mark")) / (n - 1)
    )
    off = pl.col("mark") - pl.col("others_mean")
    return judged.filter(pl.col("experts") >= 3).with_columns(
        deviation=off, relative_deviation=ratio(off, pl.col("panel_mean"))
    )


@block(
    Grain.TENDER,
    {
        "largest_mark_deviation": Column(
            "Largest distance of one expert's mark from the others' mean, over the panel's mean.",
            "专家评分最大偏离率", "share of the panel mean", "three experts marked a subjective item",
            "rules X01"),
        "most_deviating_expert": Column("The expert who gave that mark.", "偏离最大的专家", "",
                                        "as largest_mark_deviation", "rules X01"),
        "most_deviating_for": Column("The bidder for whom.", "涉及的投标人", "", "as largest_mark_deviation",
                                     "rules X01"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def mark_extremes(mark_deviations: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with comparable subjective marks."""
    size = pl.col("relative_deviation").abs()
    order = [size.round(_EVEN), pl.col("expert_id"), pl.col("bidder_id")]
    told = mark_deviations.filter(pl.col("relative_deviation").is_not_null())
    return told.group_by("tender_id").agg(
        size.max().alias("largest_mark_deviation"),
        pl.col("expert_id").sort_by(order, descending=[True, False, False]).first()
        .alias("most_deviating_expert"),
        pl.col("bidder_id").sort_by(order, descending=[True, False, False]).first()
        .alias("most_deviating_for"),
    )  # fmt: skip


@block(
    Grain.TENDER,
    {
        "n_objective_disagreements": Column(
            "Objective items of a bid for which experts gave different marks.", "客观分不一致项数", "items",
            "two experts marked an objective item", "rules X06"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def objective_marks(marks: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with objective items that several experts marked."""
    items = marks.filter(pl.col("objective")).group_by("tender_id", "bidder_id", "item").agg(
        pl.col("expert_id").n_unique().alias("experts"), pl.col("score").n_unique().alias("values")
    )  # fmt: skip
    return items.filter(pl.col("experts") >= 2).group_by("tender_id").agg(
        (pl.col("values") > 1).sum().cast(pl.Int64).alias("n_objective_disagreements")
    )  # fmt: skip
