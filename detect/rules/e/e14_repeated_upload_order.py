"""E14: one of two firms keeps uploading before the other."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E14",
    level=Level.YELLOW,
    grain=Grain.PAIR,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-REG-40-2",),
    nominal="max_q",
    en=Words(
        "Repeated upload order",
        "In {n_upload_orders} joint tenders the first of the two uploaded first {a_uploaded_first} times, "
        "where its habits give {upload_first_expected:.0%}.",
        "One firm works early and the other late as a matter of course, more than their habits against "
        "others show; one of them uploads from an office that closes early.",
    ),
    zh=Words(
        "投标先后顺序重复",
        "两家共同投标 {n_upload_orders} 次，前者先上传 {a_uploaded_first} 次，按其习惯应占 "
        "{upload_first_expected:.0%}。",
        "一家惯于提前、一家惯于临近截止上传；一方办公场所较早关闭。",
    ),
)
def repeated_upload_order(
    upload_order_q: pl.Expr,
    a_uploaded_first: pl.Expr,
    upload_first_expected: pl.Expr,
    *,
    max_q: float = 0.01,
) -> pl.Expr:
    """One of two firms uploaded before the other far more often than their habits explain.

    The chance is the larger of a fair coin's and of that by the habits that both firms show against others,
    so a firm that is always early is no finding; the rate of false discoveries is held over all pairs. One
    order of three firms or more is a column of the groups.

    Example: 12 of 12 joint tenders in one order have chance 2 x 0.5^12 = 0.05 % by a fair coin; if the first
    firm uploads before 80 % of all rivals, it is 12 of 12 by habit too (14 %), and no finding.

    Limits:
        max_q: expected share of chance pairs among all that are found (rules E14 asks for p of 0.1 %).
            | 全部被列出的企业对中偶然者的期望比例。
        min_orders: joint tenders from which an order can repeat (rules E14).
            | 顺序重复所需的最少共同投标次数。

    """
    seen = a_uploaded_first.is_not_null() & upload_first_expected.is_not_null()
    return pl.when(seen).then(upload_order_q <= max_q)


@repeated_upload_order.applies(
    "at least {min_orders} joint tenders with both upload times", "至少 {min_orders} 次共同投标有上传时间"
)
def enough_orders(n_upload_orders: pl.Expr, *, min_orders: int = 3) -> pl.Expr:
    """An order is no habit before it is repeated."""
    return n_upload_orders >= min_orders


@repeated_upload_order.chance
def by_chance(upload_order_p: pl.Expr) -> pl.Expr:
    """Chance of an order so one-sided, by a fair coin or by habit, whichever is larger."""
    return upload_order_p
