"""M06: refunds of different bidders went to one account or person."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "M06",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.DEPOSIT,
    law=("CN-REG-40-6",),
    en=Words(
        "Refund to the same account",
        "The refund of one bidder went to {crossed_refund} account(s) that are the basic account of the "
        "other or paid its deposit.",
        "A clerk's slip when refunds were entered; a platform that collects refunds and is not on the list "
        "yet; an account that changed hands.",
        {Level.ORANGE: "The refunds of both bidders went to one account or were collected by one person: "
         "{shared_refund_account} account(s) and {shared_refund_collector} person(s) in common, "
         "{crossed_collector} collector(s) of one who act for the other."},
    ),
    zh=Words(
        "退款至同一账户或同一人领退",
        "一方的保证金退款转入另一方的基本账户或其保证金付款账户（{crossed_refund} 个）。",
        "退款信息录入错误；尚未列入清单的代收平台；账户已转让。",
        {Level.ORANGE: "两家的保证金退款转入同一账户或由同一人领取：共用账户 {shared_refund_account} 个、"
         "共同领退人 {shared_refund_collector} 人，一方领退人为另一方办事 {crossed_collector} 人。"},
    ),
)  # fmt: skip
def refund_to_the_same_account(
    shared_refund_account: pl.Expr,
    shared_refund_collector: pl.Expr,
    crossed_collector: pl.Expr,
    crossed_refund: pl.Expr,
) -> dict[Level, pl.Expr]:
    """The deposits of two bidders of one tender were refunded to one account or collected by one person.

    RED where one bidder's refund went to the account from which the other paid, or to its basic account: then
    one unit's account stands behind both deposits (rules M06). Else ORANGE. Platforms are taken out first
    (FX08).
    """
    weaker = [shared_refund_account, shared_refund_collector, crossed_collector]
    return {Level.ORANGE: pl.any_horizontal(s > 0 for s in weaker), Level.RED: crossed_refund > 0}
