"""Q09: a group's extreme bids move the benchmark towards the member that wins."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q09",
    level=Level.YELLOW,
    grain=Grain.GROUP,
    weight=Weight.GROUP,
    point=Point.HISTORY,
    law=("CN-REG-39",),
    nominal="max_p",
    en=Words(
        "Extreme bids that help a partner win",
        "In {support_lots} tenders awarded by a mean of bids and won by one of the group, other members "
        "placed {support_bids} extreme bids that bring the benchmark nearer to the winner's (chance "
        "{support_p:.1g} if they were as likely any other bidder's).",
        "A firm that prices unlike the trade bids extremely whoever wins; errors and strategic high bids "
        "for full books.",
    ),
    zh=Words(
        "极端报价有利于同组中标人",
        "在该组成员中标的 {support_lots} 个均值法标段中，其他成员有 {support_bids} 个极端报价使基准价靠近中"
        "标报价（若同样可能来自其他任一投标人，偶然概率为 {support_p:.1g}）。",
        "报价习惯与同行不同的企业无论谁中标都可能报出极端价；报价失误；任务饱满时有意报高价。",
    ),
)
def support_bids(
    support_bids: pl.Expr,
    support_p: pl.Expr,
    support_lots: pl.Expr,
    *,
    min_bids: int = 3,
    max_p: float = 0.01,
) -> pl.Expr:
    """Members of the group place extreme bids that bring the benchmark nearer to the winning member's bid.

    Where the bid nearest to a mean wins, a bid far out on either side is lost for whoever makes it and moves
    the mean. Extreme is more than three median deviations (MAD) from the median log bid. The benchmark with
    and without the bid follows the formula on record, so that formulas which cut extreme bids leave nothing
    to move. Every tender has such bids; the chance asks whether they come from the winner's partners more
    often than from the other bidders.

    Example: a group won 14 such tenders with two partners among eight other bidders each. Ten bids of these
    tenders were extreme and helped the winner; two in eight would make 2.5 of them the partners', eight were:
    chance 0.001.

    Limits:
        min_bids: one or two extreme bids happen to anybody.
            | 一两个极端报价任何企业都可能出现。
        max_p: chance with random other bidders of the same tenders.
            | 由同标段其他投标人随机报出时的概率。

    """
    return (support_bids >= min_bids) & (support_p <= max_p) & (support_lots > 0)


@support_bids.applies(
    "a tender of five bids or more awarded by their mean and won by a member",
    "至少一个成员中标的五家以上均值法标段",
)
def averaged(support_lots: pl.Expr) -> pl.Expr:
    """Other awards have no benchmark to move; a group without such a tender has no row there."""
    return support_lots.fill_null(0) > 0


@support_bids.applies("more than five active suppliers (FX10)", "活跃供应商多于五家（FX10）")
def not_thin(thin_market: pl.Expr) -> pl.Expr:
    """Where few firms exist, they meet for want of others."""
    return ~thin_market.cast(pl.Boolean)


@support_bids.chance
def by_chance(support_p: pl.Expr) -> pl.Expr:
    """Chance of so many."""
    return support_p
