"""M07: the winner of a tender paid another bidder of it."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "M07",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.CONTRACT,
    law=("CN-50-REG-48", "CN-REG-39"),
    en=Words(
        "Winner pays other bidders",
        "After the award the winner paid the other bidder {n_payments_to_loser} time(s), in all "
        "{payment_share:.1%} of the award; {equally_paid_losers} bidder(s) of the tender got this very "
        "amount.",
        "Work, material or machines that the winner bought at market price; a debt from earlier business; a "
        "standard fee for a service.",
        {Level.YELLOW: "After the award the winner paid the other bidder {n_payments_to_loser} time(s), in "
                       "all {payment_share:.1%} of the award."},
    ),
    zh=Words(
        "中标人向其他投标人转出款项",
        "中标后，中标人向另一投标人付款 {n_payments_to_loser} 次，合计占中标金额 {payment_share:.1%}；"
        "收到相同金额的投标人 {equally_paid_losers} 家。",
        "中标人按市场价采购的劳务、材料或机械；此前业务的债务；通行标准的服务费。",
        {Level.YELLOW: "中标后，中标人向另一投标人付款 {n_payments_to_loser} 次，合计占中标金额 "
                       "{payment_share:.1%}。"},
    ),
)  # fmt: skip
def winner_pays_losers(
    n_payments_to_loser: pl.Expr,
    equally_paid_losers: pl.Expr,
    payment_names_service: pl.Expr,
    payment_share: pl.Expr,
    *,
    min_equal: int = 2,
    min_share: float = 0.01,
) -> dict[Level, pl.Expr]:
    """The winner of a tender paid another bidder of it within 180 days of the award.

    ORANGE where several bidders got the same amount, or the text speaks of coordination or support; a plain
    payment is YELLOW, since firms of one trade do business with each other (rules M07). The provision of
    Chongqing that deems such payments has no date on record, so nothing here is RED.

    Limits:
        min_equal: bidders that got the same amount; one alone equals nobody.
            | 收到相同金额的投标人数；仅一家不构成相同。
        min_share: part of the award below which a plain payment is everyday business (a choice); an
            unknown part counts.
            | 单纯付款占中标金额的比例下限，低于此为日常往来（设定值）；比例未知的计入。

    """
    paid = n_payments_to_loser > 0
    equal = (equally_paid_losers >= min_equal).fill_null(False)
    named = payment_names_service.fill_null(False)
    weighty = (payment_share >= min_share).fill_null(True)
    return {Level.YELLOW: paid & weighty, Level.ORANGE: paid & (equal | named)}
