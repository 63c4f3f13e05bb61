"""B06: one supplier has most of what a buyer spends in a category."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B06",
    level=Level.YELLOW,
    grain=Grain.BUYER,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-REG-41",),
    en=Words(
        "One supplier has most of a buyer's spend",
        "Supplier {top_supplier} received {top_supplier_share:.0%} of what this buyer spent on "
        "{category_lots} awards of category {concentrated_category}, and {top_supplier_lot_share:.0%} of the "
        "awards; 19 of 20 buyers of the category stay at or below {category_share_p95:.0%}.",
        "One contract that is far larger than the rest, maintenance that only the maker can do, or a "
        "framework "
        "agreement.",
    ),
    zh=Words(
        "招标人与单一供应商集中",
        "供应商 {top_supplier} 在该招标人 {concentrated_category} 类 {category_lots} 个中标项目中金额占 "
        "{top_supplier_share:.0%}、数量占 {top_supplier_lot_share:.0%}；同类招标人 95% 不超过 "
        "{category_share_p95:.0%}。",
        "个别合同金额远大于其他；仅原厂可承担的维护；框架协议。",
    ),
)
def one_supplier(
    top_supplier_share: pl.Expr,
    category_share_p95: pl.Expr,
    top_supplier_lot_share: pl.Expr,
    *,
    min_share: float = 0.5,
    min_lot_share: float = 0.5,
) -> pl.Expr:
    """One supplier has most of what the buyer spends and awards in a category, more than with other buyers.

    By spend and by number of awards, so that one large contract among small ones is no finding. By its
    definition one buyer in twenty lies above the line of its category, so this is YELLOW.
    Example: 7 of 9 awards and 81 % of the spend, where 19 of 20 buyers stay below 60 %.

    Limits:
        min_share: more than all other suppliers together (rules B06).
            | 超过其他供应商之和。
        min_lot_share: half of the awards too; one contract that outweighs the rest says nothing of a habit.
            | 中标数量亦过半；单个大额合同不能说明习惯。
        min_lots: fewer awards say nothing about concentration (rules B06).
            | 中标项目过少不足以判断集中度。

    """
    most = (top_supplier_share >= min_share) & (top_supplier_lot_share >= min_lot_share)
    return most & (top_supplier_share > category_share_p95)


@one_supplier.applies("at least {min_lots} awards in a category", "同类至少 {min_lots} 个中标项目")
def awards_enough(category_lots: pl.Expr, *, min_lots: int = 5) -> pl.Expr:
    """A share of few awards is no share."""
    return category_lots >= min_lots


@one_supplier.applies(
    "twenty other such buyers in the category to compare with", "同类至少另有二十家招标人可比"
)
def peers_enough(category_share_p95: pl.Expr, top_supplier_share: pl.Expr) -> pl.Expr:
    """Without peers nobody knows what is usual."""
    return category_share_p95.is_not_null() | top_supplier_share.is_null()


@one_supplier.applies("more than a handful of firms are active there (FX10)", "市场主体多于五家（FX10）")
def market_not_thin(thin_market: pl.Expr) -> pl.Expr:
    """Where few firms are active, one of them has most."""
    return ~thin_market
