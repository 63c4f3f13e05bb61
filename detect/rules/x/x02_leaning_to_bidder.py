"""X02: an expert keeps marking one bidder higher than the colleagues do."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "X02",
    level=Level.ORANGE,
    grain=Grain.EXPERT,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-REG-49", "CN-REG-71"),
    nominal="max_q",
    en=Words(
        "Leaning to one bidder",
        "In {affinity_lots} tenders this expert marked bidder {favoured_bidder} higher than the "
        "colleagues did, "
        "by {affinity_effect:.1%} of the maximum after shrinking and {affinity_z:.1f} standard errors "
        "(chance "
        "{affinity_p:.1g}, false discovery rate {affinity_q:.1g}).",
        "An expert who values what this bidder is good at, such as a method or a machine, in every bid "
        "of it.",
    ),
    zh=Words(
        "专家对投标人倾向",
        "该专家在 {affinity_lots} 个项目中对投标人 {favoured_bidder} 的评分持续高于其他专家，"
        "收缩后高出满分的 {affinity_effect:.1%}，为标准误的 {affinity_z:.1f} 倍"
        "（偶然概率 {affinity_p:.1g}，错误发现率 {affinity_q:.1g}）。",
        "该专家看重该投标人一贯擅长的工法或设备。",
    ),
)
def leaning_to_bidder(
    affinity_q: pl.Expr,
    affinity_z: pl.Expr,
    affinity_effect: pl.Expr,
    *,
    max_q: float = 0.05,
    min_z: float = 3.0,
) -> pl.Expr:
    """An expert keeps marking one bidder higher than the colleagues do, beyond what chance gives.

    Marks are taken relative to the colleagues' for the same item of the same bid and to the expert's own
    mean in the tender, so that neither a good bid nor a generous expert counts. The yardstick is the spread
    of the same expert's marks for all other bidders (Student t), adjusted for all pairs.
    Example: five joint tenders, 4 % of the maximum higher on average, standard error 0.8 %: z = 5.

    Limits:
        max_q: of twenty such findings one is expected to be chance (rules X02).
            | 每二十个发现中预期至多一个出于偶然。
        min_z: three standard errors, whatever the number of pairs (rules X02).
            | 三倍标准误，与比较对数无关。

    """
    return (affinity_q <= max_q) & (affinity_z >= min_z) & (affinity_effect > 0)


@leaning_to_bidder.chance
def by_chance(affinity_p: pl.Expr) -> pl.Expr:
    """Chance of it with an impartial expert, times the bidders that were compared."""
    return affinity_p
