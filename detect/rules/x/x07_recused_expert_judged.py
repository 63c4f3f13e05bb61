"""X07: an expert judged a bidder from whom the expert had to keep away."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "X07",
    level=Level.RED,
    grain=Grain.BID,
    weight=Weight.FACT,
    point=Point.EVALUATION,
    law=("CN-LAW-37", "CN-REG-46", "CN-REG-71"),
    en=Words(
        "Recused expert on the panel",
        "{n_recused_experts} expert(s) on the panel of this tender stand on the recusal list for this "
        "bidder.",
        "A recusal that ended or was entered late, a namesake, or an expert who was drawn and left "
        "before the "
        "evaluation.",
        {
            Level.ORANGE: "{n_related_experts} expert(s) on the panel of this tender declared a relation to "
            "this bidder."
        },
    ),
    zh=Words(
        "应回避未回避",
        "本项目评标委员会中有 {n_recused_experts} 名专家列于对该投标人的回避名单。",
        "回避已到期或事后录入；同名人员；专家被抽中但评审前已离开。",
        {Level.ORANGE: "本项目评标委员会中有 {n_related_experts} 名专家曾申报与该投标人存在关系。"},
    ),
)
def recused_expert_judged(n_recused_experts: pl.Expr, n_related_experts: pl.Expr) -> dict[Level, pl.Expr]:
    """An expert sat on the panel though recusal from this bidder, or a relation to it, was on record.

    RED for the recusal list, ORANGE for a relation that was declared; employment is P09. As of the
    evaluation: a recusal that began later or had ended does not count.
    Example: the list of 3 March names the firm; the expert marked its bid on 20 May.
    """
    return {Level.RED: n_recused_experts >= 1, Level.ORANGE: n_related_experts >= 1}
