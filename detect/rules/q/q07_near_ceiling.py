"""Q07: all bids stay close to the ceiling price."""

import polars as pl

from detect.rule import FREE_AMOUNT, Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q07",
    level=Level.YELLOW,
    grain=Grain.TENDER,
    weight=Weight.SCREEN,
    point=Point.OPENING,
    law=("CN-LAW-32",),
    mechanisms=FREE_AMOUNT,
    version=2,
    nominal="max_place",
    needs=("one_scale",),
    en=Words(
        "Bids close to the ceiling",
        "{near_ceiling_share:.0%} of the {n_valid} bids lie at 98 % of the ceiling or above, and only "
        "{discount_place:.1%} of {discount_tenders} earlier tenders of its kind had a lowest bid as near "
        "the ceiling.",
        "A ceiling that leaves no room above published quotas or fixed material prices, or risks that all "
        "bidders see.",
        {
            Level.INFO: "The lowest of {n_valid} bids is {lowest_to_ceiling:.1%} of the ceiling; only "
            "{discount_place:.1%} of {discount_tenders} earlier tenders of its kind had one as near.",
        },
    ),
    zh=Words(
        "普遍贴近最高限价",
        "{n_valid} 个有效报价中 {near_ceiling_share:.0%} 不低于最高限价的 98%；此前同类 {discount_tenders} "
        "个标段中仅 {discount_place:.1%} 的最低价如此贴近限价。",
        "限价按信息价或定额编制、空间很小；材料价格固定；各投标人均预见到相同风险。",
        {
            Level.INFO: "{n_valid} 个有效报价中最低者为最高限价的 {lowest_to_ceiling:.1%}；"
            "此前同类 {discount_tenders} 个标段中仅 {discount_place:.1%} 如此贴近。",
        },
    ),
)
def near_ceiling(
    near_ceiling_share: pl.Expr,
    discount_place: pl.Expr,
    discount_tenders: pl.Expr,
    lowest_to_ceiling: pl.Expr,
    *,
    min_share: float = 0.8,
    max_place: float = 0.05,
) -> dict[Level, pl.Expr]:
    """The lowest bid is nearer to the ceiling price than in nearly all earlier tenders of its kind.

    A weak lead where nearly all bids lie at the ceiling as well, else context: one tender in twenty is so by
    definition. Bids at the ceiling alone are no finding, since a tight ceiling or a price list does that to a
    whole trade. Of its kind are earlier tenders with the same award method, category and class of number of
    bids. Without 40 of those there is no percentile, and the tender cannot be judged: in coarser company a
    tender of three bids, or of a trade with price lists, would be near the ceiling by nature.

    Example: five bids lie at 98.1 to 99.6 % of the ceiling. Of 640 earlier tenders of the category with five
    to nine bids, 11 had a lowest bid so near: a place of 12 / 641 = 1.9 %.

    Limits:
        min_share: four of five bids at 98 % or above; one low bidder may be an outsider.
            | 五个报价中有四个不低于限价的 98%；个别低价可能来自外来者。
        max_place: the fifth percentile of its kind.
            | 同类标段的第五百分位。
        min_bids: one or two bids near the ceiling are no pattern.
            | 一两个报价贴近限价不足以说明规律。

    """
    near = near_ceiling_share >= min_share
    rare = (discount_place <= max_place) & (discount_tenders > 0)
    return {Level.INFO: rare & (lowest_to_ceiling > 0), Level.YELLOW: near & rare}


@near_ceiling.applies("at least {min_bids} valid bids", "至少 {min_bids} 个有效报价")
def enough_bids(n_valid: pl.Expr, *, min_bids: int = 3) -> pl.Expr:
    """A pattern needs several."""
    return n_valid >= min_bids


@near_ceiling.chance
def by_chance(discount_place: pl.Expr) -> pl.Expr:
    """Place among earlier tenders of its kind."""
    return discount_place
