"""Q04: two bidders stand in the same ratio tender after tender."""

import polars as pl

from detect.rule import FREE_AMOUNT, Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q04",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-REG-40-4",),
    mechanisms=FREE_AMOUNT,
    nominal="max_p",
    en=Words(
        "Same price ratio again and again",
        "In {joint_ratio_repeats} of {joint_tenders} earlier common tenders these two bids stood in the same "
        "ratio as here, to four decimals (chance {joint_ratio_p:.1g}).",
        "Both firms price from one published list with fixed mark-ups, or resell one manufacturer's goods.",
    ),
    zh=Words(
        "同一对投标人跨项目固定比例",
        "两家此前共同参加的 {joint_tenders} 个标段中，有 {joint_ratio_repeats} 个标段报价之比与本标段相同"
        "（精确到四位小数，偶然概率 {joint_ratio_p:.1g}）。",
        "双方按同一价目表加固定比例报价，或代理同一厂家产品。",
    ),
)
def repeated_pair_ratio(
    joint_ratio_repeats: pl.Expr, joint_ratio_p: pl.Expr, *, min_repeats: int = 2, max_p: float = 1e-4
) -> pl.Expr:
    """Two bids stand in the ratio that the same bidders showed, to four decimals, in earlier tenders.

    Limits:
        min_repeats: with this tender that makes three. Two lots agree by chance in 0.06 % of pairs of
            lots; with two decimals and two lots a published study flagged a quarter of all bidders.
            | 连同本标段共三次。任意两标段偶然相同的概率约 0.06%；
            若取两位小数、两次即计，已发表研究标记了四分之一的投标人。
        max_p: chance gives at most one such meeting in ten thousand. A limit rather than a
            false-discovery rate over the run, so that a tender's verdict does not depend on its company.
            | 一万次相遇中偶然者至多一次；不用整批错误发现率，以免结论随批次变化。
        min_common: two earlier ratios need two earlier tenders.
            | 两次重复至少需要两个此前的共同标段。
        max_tie_chance: `joint_ratio_p` supposes that two lots agree in 0.06 % of cases; where bids fall on
            so few places that equal ones meet in one tender of two hundred, they agree more often.
            | 偶然概率假定两标段比例相同约为 0.06%；报价网格过粗（每二百个标段即有一对相同）时该假定不成立。

    """
    return (joint_ratio_repeats >= min_repeats) & (joint_ratio_p <= max_p)


@repeated_pair_ratio.applies(
    "at least {min_common} earlier common tenders", "此前至少 {min_common} 个共同标段"
)
def met_often(joint_tenders: pl.Expr, *, min_common: int = 2) -> pl.Expr:
    """Two earlier ratios need two earlier tenders."""
    return joint_tenders >= min_common


@repeated_pair_ratio.applies(
    "prices on a fine grid (chance of equal bids at most {max_tie_chance:g})",
    "报价网格足够细（偶然相同概率不超过 {max_tie_chance:g}）",
)
def fine_prices(tie_chance: pl.Expr, *, max_tie_chance: float = 0.005) -> pl.Expr:
    """Round or list prices stand in the same few ratios again and again."""
    return tie_chance <= max_tie_chance


@repeated_pair_ratio.chance
def by_chance(joint_ratio_p: pl.Expr) -> pl.Expr:
    """Chance of it among bidders that know nothing of each other."""
    return joint_ratio_p
