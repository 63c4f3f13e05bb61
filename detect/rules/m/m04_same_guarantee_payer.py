"""M04: guarantees of different bidders arranged by one person or paid from one account."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "M04",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.DEPOSIT,
    law=("CN-REG-40-6",),
    en=Words(
        "Guarantee from the same payer or applicant",
        "The guarantees of both bidders were paid from one account, or applied for with one telephone "
        "number: {shared_guarantee_account} account(s), {shared_guarantee_proposer} number(s) in common, "
        "{crossed_guarantee} account(s) of one that the other shows in another role.",
        "A guarantee platform, broker or insurer whose collecting account or hotline is not on the list yet.",
    ),
    zh=Words(
        "保函由同一账户付费或同一人申请",
        "两家投标人的保函由同一账户支付保费或以同一电话申请：共用账户 {shared_guarantee_account} 个、共用电"
        "话 {shared_guarantee_proposer} 个，一方保费账户在另一方以其他身份出现 {crossed_guarantee} 个。",
        "尚未列入清单的保函平台、经纪机构或保险公司的归集账户或服务电话。",
    ),
)
def same_guarantee_payer(
    shared_guarantee_account: pl.Expr, shared_guarantee_proposer: pl.Expr, crossed_guarantee: pl.Expr
) -> pl.Expr:
    """The guarantees of two bidders of one tender were paid from one account or applied for by one telephone.

    An electronic guarantee can hide what rule M01 looks for. Article 40 (6) speaks of deposits; whether it
    covers premiums is not settled, so ORANGE at most (rules M04). Platforms are taken out first (FX08).
    """
    return pl.any_horizontal(
        s > 0 for s in [shared_guarantee_account, shared_guarantee_proposer, crossed_guarantee]
    )
