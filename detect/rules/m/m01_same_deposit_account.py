"""M01: deposits of different bidders paid from one account."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "M01",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.DEPOSIT,
    law=("CN-REG-40-6", "CN-MOF87-37-6"),
    en=Words(
        "Deposit from the same account",
        "The bid deposits of both bidders were paid from the same account.",
        "A guarantee platform, insurer or payment service whose collecting account is not on the list yet; "
        "a data feed that shows the receiving account instead of the payer's.",
    ),
    zh=Words(
        "保证金从同一单位或个人账户转出",
        "两家投标人的投标保证金从同一账户转出。",
        "尚未列入清单的保函平台、保险机构或支付机构归集账户；数据中误将收款账户记作付款账户。",
    ),
)
def same_deposit_account(shared_deposit_account: pl.Expr) -> pl.Expr:
    """The deposits of two bidders of one tender were paid from the same account.

    A yearly deposit counts with the account of its original inflow. Accounts of guarantee platforms,
    insurers and payment services are taken out first (FX08).
    """
    return shared_deposit_account > 0
