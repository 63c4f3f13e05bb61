"""X06: experts gave different marks where there is nothing to judge."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "X06",
    level=Level.YELLOW,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.EVALUATION,
    law=("CN-REG-49", "CN-REG-71"),
    en=Words(
        "Objective items marked differently",
        "For {n_objective_disagreements} objective item(s) of a bid the experts gave different marks, though "
        "there is nothing to judge.",
        "A slip of the pen, a certificate that one expert read as expired, or an item wrongly called "
        "objective.",
    ),
    zh=Words(
        "客观分不一致",
        "{n_objective_disagreements} 项客观评分因专家而异，而客观项不应存在差异。",
        "笔误；对证书有效期认定不同；该项并非真正的客观项。",
    ),
)
def objective_marks_differ(n_objective_disagreements: pl.Expr, *, min_items: int = 1) -> pl.Expr:
    """Experts gave different marks for an item that leaves nothing to judge.

    Example: a certificate worth 2 points, for which four experts gave 2 and one gave 0.

    Limits:
        min_items: there should be none (rules X06).
            | 本应为零。

    """
    return n_objective_disagreements >= min_items
