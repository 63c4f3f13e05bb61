"""B01D: candidates public too briefly."""

import polars as pl

from detect.periods import IN_CHINA, MANDATORY, TENDERED, graded, in_china, tendered, tendering_is_mandatory
from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B01D",
    level=Level.RED,
    grain=Grain.TENDER,
    weight=Weight.FACT,
    point=Point.AWARD,
    law=("CN-REG-54",),
    en=Words(
        "Candidates public too briefly",
        "The candidates were public on {publicity_days} calendar days; the law demands at least {min_days}.",
        "A second publication after an objection, with dates of its own, or an entry of the wrong day.",
        {
            Level.INFO: "The candidates were public on {publicity_days} calendar days, fewer than "
            "{min_days}; whether tendering is mandatory is not on record."
        },
    ),
    zh=Words(
        "中标候选人公示期过短",
        "中标候选人公示期为 {publicity_days} 个自然日，少于法定最低 {min_days} 日。",
        "异议处理后的第二次公示另有日期；日期录入有误。",
        {
            Level.INFO: "中标候选人公示期为 {publicity_days} 个自然日，少于 {min_days} 日；"
            "是否属于依法必须招标项目未见记录。"
        },
    ),
)
def short_publicity(
    publicity_days: pl.Expr, mandatory: pl.Expr, jurisdiction: pl.Expr, *, min_days: int = 3
) -> dict[Level, pl.Expr]:
    """The candidates were public on fewer days than the legal minimum.

    Both ends count. RED where tendering is known to be mandatory, INFO where that is not on record.
    Example: public from 6 May to 7 May is two days.

    Limits:
        min_days: the statutory minimum; exactly three days are lawful.
            | 法定最低期限，满三日即合法。

    """
    return graded(publicity_days < min_days, mandatory, jurisdiction)


short_publicity.applies(*IN_CHINA)(in_china)
short_publicity.applies(*MANDATORY)(tendering_is_mandatory)
short_publicity.applies(*TENDERED)(tendered)
