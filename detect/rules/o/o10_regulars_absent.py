"""O10: firms that usually bid here took the documents and stayed away."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O10",
    level=Level.INFO,
    grain=Grain.TENDER,
    weight=Weight.CONTEXT,
    point=Point.OPENING,
    law=("CN-REG-39",),
    en=Words(
        "Regular bidders stayed away",
        "{absent_regulars} of {expected_takers} firms that took the documents and had bid in most of this "
        "buyer's {earlier_calls} earlier tenders of the kind did not bid.",
        "Full order books, a lot too large or too small for them, or terms that changed.",
    ),
    zh=Words(
        "应投未投",
        "领取文件且此前参与该招标人同类 {earlier_calls} 个标段中大多数的 {expected_takers} 家企业里，"
        "有 {absent_regulars} 家本次未投标。",
        "在手任务饱满；标段规模不适合；招标条件发生变化。",
    ),
)
def regulars_absent(absent_regulars: pl.Expr, expected_takers: pl.Expr, *, min_absent: int = 2) -> pl.Expr:
    """Firms that nearly always bid to this buyer took the documents of a tender and did not bid.

    Participation of 70 % and more of five earlier tenders counts as usual. Who took the documents is known
    from payments for them and from downloads; where nothing of that is on record nobody can tell.

    Example: three firms bid in eight of ten earlier tenders (8 / 11 = 0.73) and bought the documents of
    the eleventh; two of them did not bid: a hit.

    Limits:
        min_absent: one firm may have its reasons; two at once are context for whoever reads the case.
            | 一家缺席各有缘由；两家同时缺席可供办案参考。
        min_calls: below five nobody is a regular. | 不足五次无从判断常客。

    """
    return (absent_regulars >= min_absent) & (absent_regulars <= expected_takers)


@regulars_absent.applies(
    "at least {min_calls} earlier tenders of buyer and category", "该招标人同类此前至少 {min_calls} 个标段"
)
def known_buyer(earlier_calls: pl.Expr, *, min_calls: int = 5) -> pl.Expr:
    """Who is a regular shows after a few tenders."""
    return earlier_calls >= min_calls
