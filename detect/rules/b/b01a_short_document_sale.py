"""B01A: documents on sale too briefly."""

import polars as pl

from detect.periods import IN_CHINA, TENDERED, graded, in_china, tendered
from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B01A",
    level=Level.RED,
    grain=Grain.TENDER,
    weight=Weight.FACT,
    point=Point.REGISTRATION,
    law=("CN-REG-16", "CN-GPR-31"),
    en=Words(
        "Documents on sale too briefly",
        "The tender documents could be had on {document_sale_days} calendar days; the law demands at "
        "least {min_days}.",
        "Documents that stayed free to download after the sale on record, or dates of a second sale.",
        {
            Level.INFO: "The tender documents could be had on {document_sale_days} calendar days, fewer "
            "than {min_days}; that tendering is mandatory is not on record."
        },
    ),
    zh=Words(
        "招标文件发售期过短",
        "招标文件发售期为 {document_sale_days} 个自然日，少于法定最低 {min_days} 日。",
        "发售结束后文件仍可免费下载；记录的是第二次发售。",
        {
            Level.INFO: "招标文件发售期为 {document_sale_days} 个自然日，少于 {min_days} 日；"
            "未见属于依法必须招标项目的记录。"
        },
    ),
)
def short_document_sale(
    document_sale_days: pl.Expr, mandatory: pl.Expr, jurisdiction: pl.Expr, *, min_days: int = 5
) -> dict[Level, pl.Expr]:
    """The tender documents could be had on fewer days than the legal minimum.

    Both ends count, so that a sale from Monday to Friday has five days. RED where tendering is known to be
    mandatory, INFO where that is not on record. Government procurement demands five working days, which this
    rule does not count: it finds fewer sales short than that law does.
    Example: on sale from 6 May 9:00 to 9 May 17:00 is four days.

    Limits:
        min_days: the statutory minimum; exactly five days are lawful.
            | 法定最低期限，满五日即合法。

    """
    return graded(document_sale_days < min_days, mandatory, jurisdiction)


short_document_sale.applies(*IN_CHINA)(in_china)
short_document_sale.applies(*TENDERED)(tendered)
