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
    en=Words(
        "Same price ratio again and again",
        "In {joint_ratio_repeats} of {joint_tenders} common tenders these two bids stood in the same ratio "
        "to four decimals (chance {joint_ratio_p:.1g}).",
        "Both firms price from one published list with fixed mark-ups, or resell one manufacturer's goods.",
    ),
    zh=Words(
        "同一对投标人跨项目固定比例",
        "两家共同参加的 {joint_tenders} 个标段中，有 {joint_ratio_repeats} 个标段报价之比精确到四位小数相同"
        "（偶然概率 {joint_ratio_p:.1g}）。",
        "双方按同一价目表加固定比例报价，或代理同一厂家产品。",
    ),
)
def repeated_pair_ratio(
    joint_tenders: pl.Expr,
    joint_ratio_repeats: pl.Expr,
    joint_ratio_p: pl.Expr,
    *,
    min_repeats: int = 3,
    max_p: float = 1e-4,
) -> pl.Expr:
    """The prices of two bidders stood in the same ratio, to four decimals, in several common tenders.

    Limits:
        min_repeats: two lots agree by chance in 0.06 % of pairs of lots; with two decimals a published
            study flagged a quarter of all bidders.
            | 任意两标段偶然相同的概率约 0.06%；若只取两位小数，已发表研究标记了四分之一的投标人。
        max_p: with ten thousand pairs that often met, at most one by chance. A limit rather than a
            false-discovery rate over the run, so that a tender's verdict does not depend on its company.
            | 一万对常遇对手中偶然者至多一对；不用整批错误发现率，以免结论随批次变化。

    """
    return (joint_ratio_repeats >= min_repeats) & (joint_ratio_p <= max_p)


@repeated_pair_ratio.applies("at least {min_common} common tenders", "至少 {min_common} 个共同标段")
def met_often(joint_tenders: pl.Expr, *, min_common: int = 3) -> pl.Expr:
    """Three equal ratios need three common tenders."""
    return joint_tenders >= min_common
