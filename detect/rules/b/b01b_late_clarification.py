"""B01B: clarification shortly before the deadline."""

import polars as pl

from detect.periods import IN_CHINA, TENDERED, graded, in_china, tendered
from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B01B",
    level=Level.RED,
    grain=Grain.TENDER,
    weight=Weight.FACT,
    point=Point.REGISTRATION,
    law=("CN-LAW-23", "CN-REG-21", "CN-GPR-31"),
    en=Words(
        "Clarification shortly before the deadline",
        "The last clarification that may affect the bids came {clarification_days} calendar days before "
        "the deadline; the law demands at least {min_days}.",
        "A clarification that changed nothing in the making of bids, or a postponement that is not on "
        "record.",
        {
            Level.INFO: "The last clarification that may affect the bids came {clarification_days} "
            "calendar days before the deadline, fewer than {min_days}; that tendering is mandatory "
            "is not on record."
        },
    ),
    zh=Words(
        "澄清修改距投标截止过近",
        "可能影响投标文件编制的最后一次澄清修改距投标截止 {clarification_days} 个自然日，少于法定最低 "
        "{min_days} 日。",
        "该澄清并不影响投标文件编制；延期未记入数据。",
        {
            Level.INFO: "可能影响投标文件编制的最后一次澄清修改距投标截止 {clarification_days} 个自然日，"
            "少于 {min_days} 日；未见属于依法必须招标项目的记录。"
        },
    ),
)
def late_clarification(
    clarification_days: pl.Expr,
    n_late_amendments: pl.Expr,
    mandatory: pl.Expr,
    jurisdiction: pl.Expr,
    *,
    min_days: int = 15,
) -> dict[Level, pl.Expr]:
    """A clarification that may affect the bids came later than the law allows without moving the deadline.

    Measured to the deadline as it stood in the end, so that a postponement mends it. RED where tendering is
    known to be mandatory, INFO where that is not on record. Not evaluable where amendments are on record
    near the deadline without a word on whether they affect the bids.
    Example: changed on 6 May, deadline on 20 May: fourteen days.

    Limits:
        min_days: the statutory minimum; exactly fifteen days are lawful.
            | 法定最低期限，满十五日即合法。

    """
    none = pl.when(n_late_amendments == 0).then(pl.lit(False))
    short = pl.coalesce(clarification_days < min_days, none)
    return graded(short, mandatory, jurisdiction)


late_clarification.applies(*IN_CHINA)(in_china)
late_clarification.applies(*TENDERED)(tendered)
