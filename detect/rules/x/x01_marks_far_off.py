"""X01: an expert's marks lie far from those of the colleagues."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "X01",
    level=Level.YELLOW,
    grain=Grain.EXPERT,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-LAW-44", "CN-REG-49", "CN-REG-71"),
    en=Words(
        "Marks far from the panel's",
        "Over {n_marked_tenders} tenders and {n_marks} marks this expert lies {mean_mark_deviation:.1%} "
        "of the "
        "panel's mean from the colleagues on average, {mark_deviation_z:.1f} robust deviations above the "
        "median "
        "expert; {extreme_mark_share:.1%} of the marks are 30 % or more off.",
        "A strict or generous marker, a speciality in which opinions differ, or an expert who alone read the "
        "bids closely.",
    ),
    zh=Words(
        "评分偏离",
        "该专家在 {n_marked_tenders} 个项目的 {n_marks} 个主观评分中，平均偏离其他专家 "
        "{mean_mark_deviation:.1%}"
        "（占评委会均值），高于专家中位数 {mark_deviation_z:.1f} 个稳健标准差；"
        "{extreme_mark_share:.1%} 的评分偏离达 30% 以上。",
        "评分尺度偏严或偏宽；该专业本有分歧；唯一认真审阅投标文件的专家。",
    ),
)
def marks_far_off(
    mark_deviation_z: pl.Expr, extreme_mark_share: pl.Expr, *, min_z: float = 3.0, min_extreme: float = 0.01
) -> pl.Expr:
    """An expert's marks for judgements lie far from the colleagues' marks, tender after tender.

    Across the panel, per item and bid: an expert who is generous to everybody is as far off as one who
    favours, so this tells the manner of marking and X02 the direction. Experts are compared with each other
    by median and median deviation, so that a coarse scale raises nobody.
    Example: 40 tenders, marks 21 % off on average where the median expert is 9 % off with a deviation of 3 %:
    four deviations, and one mark in five lies 30 % off.

    Limits:
        min_z: one of 740 experts lies so high by chance if experts differ normally (rules X01).
            | 若专家间差异服从正态，约七百四十分之一偶然如此。
        min_extreme: least share of marks that lie 30 % of the panel's mean and more off, the critical value
            of a study in Henan; without any the expert only differs by trifles.
            | 偏离达评委会均值 30%（河南研究之临界值）的评分的最低占比；若无，则差异微小。
        min_tenders: fewer tenders say nothing about a manner.
            | 项目过少不足以判断评分习惯。

    """
    return (mark_deviation_z >= min_z) & (extreme_mark_share >= min_extreme)


@marks_far_off.applies("at least {min_tenders} tenders marked", "至少评审 {min_tenders} 个项目")
def marked_enough(n_marked_tenders: pl.Expr, *, min_tenders: int = 5) -> pl.Expr:
    """A manner needs a history."""
    return n_marked_tenders >= min_tenders


@marks_far_off.grades
def how_far(mark_deviation_z: pl.Expr) -> pl.Expr:
    """Half at three deviations, full at six."""
    return mark_deviation_z / 6
