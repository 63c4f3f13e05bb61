"""X03: two experts sit together more often than a draw brings about."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "X03",
    level=Level.YELLOW,
    grain=Grain.EXPERT,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-LAW-37", "CN-REG-46"),
    nominal="max_p",
    en=Words(
        "Same experts meet too often",
        "This expert sat {companion_panels} times with one and the same colleague ({companion}), "
        "{companion_lift:.1f} times what a draw from the list gives (chance {companion_p:.1g}, false "
        "discovery "
        "rate {companion_q:.1g}). This speaks of the draw, not of the persons.",
        "Few experts of the list are available, live in the region, or accept short notice.",
        {
            Level.INFO: "This expert sat {companion_panels} times with one and the same colleague "
            "({companion}), {companion_lift:.1f} times what a draw gives (chance {companion_p:.1g}); among "
            "so many pairs of experts that is to be expected."
        },
    ),
    zh=Words(
        "专家同组频率异常",
        "该专家与同一名专家（{companion}）同组 {companion_panels} 次，为随机抽取期望的 "
        "{companion_lift:.1f} 倍"
        "（偶然概率 {companion_p:.1g}，错误发现率 {companion_q:.1g}）。此项指向抽取环节，不针对个人。",
        "专家库中可用专家少、就近抽取，或仅少数专家接受临时通知。",
        {
            Level.INFO: "该专家与同一名专家（{companion}）同组 {companion_panels} 次，"
            "为随机抽取期望的 {companion_lift:.1f} 倍（偶然概率 {companion_p:.1g}）；"
            "就专家对数而言属意料之中。"
        },
    ),
)
def experts_meet_often(
    companion_p: pl.Expr, companion_q: pl.Expr, *, max_p: float = 1e-3, max_q: float = 0.05
) -> dict[Level, pl.Expr]:
    """Two experts sit on common panels more often than drawing from their list brings about.

    Each expert's panels are taken as any of the pool's (hypergeometric), in pools of thirty and more.
    Example: two of 60 experts sit 20 times each on 240 panels; 1.7 common panels are due, 9 were met.

    Limits:
        max_p: chance for one expert, after counting the colleagues that might have been met (rules X03).
            | 单个专家的偶然概率，已计入可能同组的其他专家。
        max_q: of twenty such findings one is expected to be chance, over all pairs of experts.
            | 就全部专家对而言，每二十个发现中预期至多一个出于偶然。

    """
    rare = companion_p <= max_p
    return {Level.INFO: rare, Level.YELLOW: rare & (companion_q <= max_q)}


@experts_meet_often.chance
def by_chance(companion_p: pl.Expr) -> pl.Expr:
    """Chance of it if experts are drawn at random."""
    return companion_p
