"""X04: the marks of one expert, far off the others', decided who won."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "X04",
    level=Level.ORANGE,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.EVALUATION,
    law=("CN-REG-49", "CN-REG-71", "CN-REG-72"),
    en=Words(
        "Extreme marks of one expert decided",
        "Without the marks of one expert another bidder would have won; these marks range "
        "{decisive_range_ratio:.1f} times as widely as the colleagues', and one lies "
        "{decisive_mark_deviation:.0%} of the panel's mean from theirs.",
        "Bids so close that any mark decides, or an expert who uses the whole scale while colleagues do not.",
        {
            Level.YELLOW: "Without the marks of one expert another bidder would have won; these marks range "
            "{decisive_range_ratio:.1f} times as widely as the colleagues', and the one farthest off lies "
            "{decisive_mark_deviation:.0%} of the panel's mean from theirs."
        },
    ),
    zh=Words(
        "“天地分”改变结果",
        "去掉一名专家的评分，中标人将改变；该专家评分分差为其他专家的 {decisive_range_ratio:.1f} 倍，"
        "且有评分偏离评委会均值 {decisive_mark_deviation:.0%}。",
        "各投标人得分接近，任一评分均可改变结果；该专家使用了全部分值区间而他人没有。",
        {
            Level.YELLOW: "去掉一名专家的评分，中标人将改变；该专家评分分差为其他专家的 "
            "{decisive_range_ratio:.1f} 倍，偏离最大的评分偏离评委会均值 {decisive_mark_deviation:.0%}。"
        },
    ),
)
def decisive_expert(
    n_decisive_experts: pl.Expr,
    decisive_range_ratio: pl.Expr,
    decisive_mark_deviation: pl.Expr,
    *,
    min_ratio: float = 2.0,
    min_deviation: float = 0.30,
) -> dict[Level, pl.Expr]:
    """Without one expert, whose marks are far off the colleagues', another bidder would have won.

    That one expert decides is common: 97 of 638 honest tenders of a simulated market have such an expert,
    since bids are close. So it takes marks that range far wider than the colleagues' or one mark that lies
    far off (X01); YELLOW for one of both, ORANGE for both.
    Example: four experts mark the bids between 78 and 90, the fifth between 55 and 98: 3.6 times the range.

    Limits:
        min_ratio: twice the median range of the colleagues (rules X04); in one honest tender of four hundred.
            | 其他专家分差中位数的两倍；正常项目中约四百分之一。
        min_deviation: the critical value of a study in Henan, as for X01.
            | 与 X01 相同，取河南研究之临界值。

    """
    decided = n_decisive_experts >= 1
    nobody = pl.when(n_decisive_experts == 0).then(pl.lit(False))
    wide, far = decisive_range_ratio >= min_ratio, decisive_mark_deviation >= min_deviation
    return {
        Level.YELLOW: pl.coalesce(nobody, decided & (wide | far)),
        Level.ORANGE: pl.coalesce(nobody, decided & (wide & far).fill_null(False)),
    }
