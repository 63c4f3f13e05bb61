"""B01: the bid period is shorter than the law allows."""

import polars as pl

from detect.periods import IN_CHINA, MANDATORY, TENDERED, graded, in_china, tendered, tendering_is_mandatory
from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B01",
    level=Level.RED,
    grain=Grain.TENDER,
    weight=Weight.FACT,
    point=Point.REGISTRATION,
    law=("CN-LAW-24", "CN-GPL-35"),
    version=2,
    en=Words(
        "Short bid period",
        "Bidders had {bid_calendar_days} calendar days; the law demands at least {min_days}.",
        "An urgent purchase with leave to shorten, a repeated tender with an old publication date, or "
        "documents that were issued before the date on record.",
        {
            Level.INFO: "Bidders had {bid_calendar_days} calendar days, fewer than {min_days}; whether the "
            "legal minimum applies is not on record."
        },
    ),
    zh=Words(
        "投标期限过短",
        "自发布至投标截止 {bid_calendar_days} 个自然日，少于法定最低 {min_days} 日。",
        "经批准的紧急采购；重新招标沿用原发布日期；招标文件实际发出早于记录日期。",
        {
            Level.INFO: "自发布至投标截止 {bid_calendar_days} 个自然日，少于 {min_days} 日；"
            "是否属于依法必须招标项目未见记录。"
        },
    ),
)
def short_bid_period(
    bid_calendar_days: pl.Expr, mandatory: pl.Expr, jurisdiction: pl.Expr, *, min_days: int = 20
) -> dict[Level, pl.Expr]:
    """Bidders had fewer days between publication and deadline than the legal minimum.

    RED where tendering is known to be mandatory, INFO where that is not on record. Other jurisdictions
    than China have other minimums: until those are on record the rule does not apply there, and where
    the jurisdiction is unknown it cannot be evaluated.
    Days are counted by the calendar, so 17:00 on day 1 to 9:00 on day 21 are twenty days.

    Limits:
        min_days: the statutory minimum; exactly twenty days are lawful.
            | 法定最低期限，满二十日即合法。

    """
    return graded(bid_calendar_days < min_days, mandatory, jurisdiction)


short_bid_period.applies(*IN_CHINA)(in_china)
short_bid_period.applies(*MANDATORY)(tendering_is_mandatory)
short_bid_period.applies(*TENDERED)(tendered)
