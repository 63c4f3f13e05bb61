"""Q13: a group bids lower as soon as somebody else bids."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q13",
    level=Level.ORANGE,
    grain=Grain.GROUP,
    weight=Weight.GROUP,
    point=Point.HISTORY,
    law=("CN-AML-17", "CN-LAW-32"),
    nominal="max_p",
    en=Words(
        "Prices fall when outsiders bid",
        "In {n_with_outsiders} tenders with outsiders the group's best bid lay {member_discount_change:.1%} "
        "of the price limit lower than in {n_alone} tenders among themselves, with as many of them present "
        "(chance {outsider_p:.1g}; mean discounts {discount_with_outsiders:.1%} and {discount_alone:.1%}).",
        "Firms that learn who else bids press their prices lawfully; outsiders come for larger or easier "
        "works, where all bid lower.",
    ),
    zh=Words(
        "外来者参与时报价下降",
        "在有外部投标人的 {n_with_outsiders} 个标段中，该组企业的最低报价比仅其自身参与的 {n_alone} "
        "个标段（参与家数相同）再低限价的 {member_discount_change:.1%}（偶然概率 {outsider_p:.1g}；"
        "平均下浮率分别为 {discount_with_outsiders:.1%} 与 {discount_alone:.1%}）。",
        "企业得知其他投标人后依法加大竞争；外来者多选择规模大、易实施的项目，此类项目各家报价均较低。",
    ),
)
def lower_beside_outsiders(
    member_discount_change: pl.Expr,
    outsider_p: pl.Expr,
    discount_alone: pl.Expr,
    discount_with_outsiders: pl.Expr,
    *,
    min_change: float = 0.05,
    max_p: float = 0.01,
    strong_p: float = 0.001,
) -> dict[Level, pl.Expr]:
    """A group's own best bids are clearly lower in tenders that outsiders entered.

    The lowest bid of a tender falls with the number of bidders, whoever they are. So the members' own best
    bids are compared, between tenders that as many of them entered under the same award method; independent
    bidders who do not know who else bids would not change theirs. The discount is one minus the bid over the
    ceiling, or over the estimate where no ceiling is known.

    Example: three firms met in 14 tenders alone, with their best bid 3 % below the ceiling on average, and
    in 9 tenders with outsiders, 12 % below. Only 6 of 999 random exchanges of "alone" and "with outsiders"
    among tenders with as many members give nine points or more: p = 0.007.

    Limits:
        min_change: five points of the price limit; smaller changes are no drop worth a look, however certain.
            | 降幅低于限价的五个百分点即使显著也不值得关注。
        max_p: chance of the change when outsiders come at random among such tenders.
            | 外来者随机出现时如此变化的概率。
        strong_p: one in a thousand is what a strong lead asks of any statistic.
            | 强线索要求偶然概率不超过千分之一。
        min_lots: fewer tenders of either sort do not make a habit.
            | 任一类标段过少不足以说明习惯。

    """
    falls = (member_discount_change >= min_change) & (discount_with_outsiders > discount_alone)
    return {Level.YELLOW: falls & (outsider_p <= max_p), Level.ORANGE: falls & (outsider_p <= strong_p)}


@lower_beside_outsiders.applies(
    "at least {min_lots} priced tenders of either sort", "两类标段各至少 {min_lots} 个"
)
def both_sorts(n_alone: pl.Expr, n_with_outsiders: pl.Expr, *, min_lots: int = 8) -> pl.Expr:
    """A comparison needs two sides."""
    return (n_alone >= min_lots) & (n_with_outsiders >= min_lots)


@lower_beside_outsiders.applies("more than five active suppliers (FX10)", "活跃供应商多于五家（FX10）")
def not_thin(thin_market: pl.Expr) -> pl.Expr:
    """Where few firms exist, who is alone is no choice."""
    return ~thin_market.cast(pl.Boolean)


@lower_beside_outsiders.chance
def by_chance(outsider_p: pl.Expr) -> pl.Expr:
    """Chance of so large a change."""
    return outsider_p
