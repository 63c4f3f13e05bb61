"""X08: the experts were replaced, drawn again, or drawn long before the evaluation."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "X08",
    level=Level.YELLOW,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.EVALUATION,
    law=("CN-REG-46", "CN-REG-48", "CN-REG-70"),
    en=Words(
        "Irregular draw of experts",
        "{n_replaced_experts} expert(s) of {n_experts} seats were replaced, experts were drawn {n_draws} "
        "time(s), "
        "and {draw_to_evaluation_hours:.0f} hours lay between draw and evaluation.",
        "Illness or travel of several experts, a weekend between draw and evaluation, or a seat for a rare "
        "speciality.",
        {
            Level.INFO: "Experts were drawn {n_draws} times for {n_experts} seats; {n_replaced_experts} were "
            "replaced, and {draw_to_evaluation_hours:.0f} hours lay between draw and evaluation."
        },
    ),
    zh=Words(
        "专家抽取异常",
        "{n_experts} 个席位中更换 {n_replaced_experts} 名专家，共抽取 {n_draws} 次，"
        "抽取至评标间隔 {draw_to_evaluation_hours:.0f} 小时。",
        "多名专家因病或出差不能到场；抽取与评标之间隔有周末；稀缺专业席位。",
        {
            Level.INFO: "{n_experts} 个席位共抽取 {n_draws} 次，更换 {n_replaced_experts} 名专家，"
            "抽取至评标间隔 {draw_to_evaluation_hours:.0f} 小时。"
        },
    ),
)
def draw_irregular(
    n_replaced_experts: pl.Expr,
    draw_to_evaluation_hours: pl.Expr,
    n_draws: pl.Expr,
    *,
    min_replaced: int = 2,
    max_hours: float = 24.0,
    min_draws: int = 2,
) -> dict[Level, pl.Expr]:
    """Several experts were replaced, or names were known for long before the evaluation.

    INFO for a draw that was only repeated, since one absence is enough for it.
    Example: two of five experts replaced, and the draw on the day but one before.

    Limits:
        min_replaced: one expert falls ill now and then, two seldom together (rules X08).
            | 一名专家缺席时有发生，两名同时缺席少见。
        max_hours: time in which names may leak (rules X08).
            | 名单可能外泄的时间。
        min_draws: a second draw (rules X08); about one tender in ten has one.
            | 第二次抽取；约十分之一的项目如此。

    """
    replaced, early = n_replaced_experts >= min_replaced, draw_to_evaluation_hours > max_hours
    return {Level.YELLOW: replaced | early, Level.INFO: replaced | early | (n_draws >= min_draws)}
