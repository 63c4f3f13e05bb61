"""B01C: prequalification too brief."""

import polars as pl

from detect.periods import IN_CHINA, TENDERED, graded, in_china, tendered
from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B01C",
    level=Level.RED,
    grain=Grain.TENDER,
    weight=Weight.FACT,
    point=Point.REGISTRATION,
    law=("CN-REG-16", "CN-REG-17"),
    en=Words(
        "Prequalification too brief",
        "The prequalification documents could be had on {prequalification_sale_days} calendar days; the "
        "law demands at least {min_days}.",
        "A second prequalification with dates of its own, or documents that stayed free to download.",
        {
            Level.INFO: "The prequalification documents could be had on {prequalification_sale_days} "
            "calendar days, fewer than {min_days}; that tendering is mandatory is not on record."
        },
    ),
    zh=Words(
        "资格预审期限过短",
        "资格预审文件发售期为 {prequalification_sale_days} 个自然日，少于法定最低 {min_days} 日。",
        "第二次资格预审另有日期；文件发售结束后仍可免费下载。",
        {
            Level.INFO: "资格预审文件发售期为 {prequalification_sale_days} 个自然日，少于 {min_days} 日；"
            "未见属于依法必须招标项目的记录。"
        },
    ),
)
def short_prequalification(
    prequalification_sale_days: pl.Expr, mandatory: pl.Expr, jurisdiction: pl.Expr, *, min_days: int = 5
) -> dict[Level, pl.Expr]:
    """The prequalification documents could be had on fewer days than the legal minimum.

    Both ends count. RED where tendering is known to be mandatory, INFO where that is not on record. Without
    dates of a prequalification nobody knows whether there was one: the rule is then not evaluable.
    Example: on sale from 6 May to 8 May is three days.

    Limits:
        min_days: the statutory minimum; exactly five days are lawful.
            | 法定最低期限，满五日即合法。

    """
    return graded(prequalification_sale_days < min_days, mandatory, jurisdiction)


short_prequalification.applies(*IN_CHINA)(in_china)
short_prequalification.applies(*TENDERED)(tendered)
