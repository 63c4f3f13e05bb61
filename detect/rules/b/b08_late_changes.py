"""B08: the rules moved again and again, or shortly before the deadline."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B08",
    level=Level.YELLOW,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.REGISTRATION,
    law=("CN-LAW-23", "CN-REG-21"),
    en=Words(
        "Late or repeated changes",
        "The documents were amended {n_amendments} time(s), {n_postponements} of them postponements; "
        "{n_late_rule_changes} change(s) touched qualification or scoring within 15 days of the deadline.",
        "Answers to bidders' questions, a correction after a complaint, or an extension that helps "
        "outsiders.",
    ),
    zh=Words(
        "临近截止变更或多次变更",
        "招标文件澄清修改 {n_amendments} 次，其中延期 {n_postponements} 次；截止前 15 "
        "日内涉及资格或评分的变更 "
        "{n_late_rule_changes} 次。",
        "答复投标人疑问；因异议更正；为便于更多投标人参与而延期。",
    ),
)
def late_changes(
    n_amendments: pl.Expr,
    n_late_rule_changes: pl.Expr,
    *,
    min_amendments: int = 3,
) -> pl.Expr:
    """The documents were amended again and again, or qualification or scoring changed near the deadline.

    Fifteen days are counted to the deadline as it stood in the end, so that a postponement mends a change.
    Example: three addenda, or one that changes the points for references nine days before the deadline.

    Limits:
        min_amendments: clarifications, changes and postponements together (rules B08).
            | 澄清、修改、延期合计次数。

    """
    return (n_amendments >= min_amendments) | (n_late_rule_changes >= 1)
