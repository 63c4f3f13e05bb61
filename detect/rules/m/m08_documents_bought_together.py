"""M08: tender documents of different bidders bought by one payer."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "M08",
    level=Level.YELLOW,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.REGISTRATION,
    law=("CN-REG-40-2",),
    en=Words(
        "Tender documents bought together",
        "The tender documents of both bidders were bought from one account or in one order: "
        "{shared_purchase_account} account(s) and {shared_purchase_order} order(s) in common, "
        "{crossed_purchase} account(s) of one that the other shows in another role.",
        "A document service or payment platform that buys for many and is not on the list yet.",
    ),
    zh=Words(
        "同一付款人或同一订单购买招标文件",
        "两家投标人的招标文件由同一账户或同一订单购买：共用账户 {shared_purchase_account} 个、"
        "共用订单 {shared_purchase_order} 个，一方购标账户在另一方以其他身份出现 {crossed_purchase} 个。",
        "尚未列入清单、代多家购买招标文件的服务机构或支付平台。",
    ),
)
def documents_bought_together(
    shared_purchase_account: pl.Expr, shared_purchase_order: pl.Expr, crossed_purchase: pl.Expr
) -> pl.Expr:
    """The documents of one tender were bought for two bidders from one account or in one order.

    Services that buy for many are taken out first where they are listed (FX08).
    """
    return pl.any_horizontal(
        s > 0 for s in [shared_purchase_account, shared_purchase_order, crossed_purchase]
    )
