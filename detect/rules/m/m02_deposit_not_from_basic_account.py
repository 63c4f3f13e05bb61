"""M02: a deposit that the bidder's basic account did not pay."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "M02",
    level=Level.ORANGE,
    grain=Grain.BID,
    weight=Weight.LINK,
    point=Point.DEPOSIT,
    law=("CN-REG-26", "CN-REG-40-6"),
    en=Words(
        "Deposit not from the basic account",
        "The deposit of this bid came from {crossed_deposit} account(s) or payer(s) that another bidder of "
        "the tender has on record in another role.",
        "A payment service or dispatch employer that is not on the list yet; a register that still shows a "
        "closed account; a group treasury.",
        {Level.YELLOW: "{deposit_elsewhere} account(s) that paid this bid's deposit are not the bidder's "
                       "basic account on record."},
    ),
    zh=Words(
        "保证金未从基本账户转出",
        "本投标的保证金账户或付款人中有 {crossed_deposit} 个在同项目其他投标人处以其他身份出现。",
        "尚未列入清单的支付服务机构或派遣单位；登记的基本账户已注销未更新；集团资金池。",
        {Level.YELLOW: "支付本投标保证金的账户中有 {deposit_elsewhere} 个不是该投标人登记的基本账户。"},
    ),
)  # fmt: skip
def deposit_not_from_basic_account(
    deposit_elsewhere: pl.Expr, crossed_deposit: pl.Expr
) -> dict[Level, pl.Expr]:
    """The deposit of a bid was paid from an account that is not the bidder's basic account.

    YELLOW, and ORANGE where the account, or the payer, is on record for a rival as its basic or another
    account, its staff or itself (rules M02); two deposits from one account are rule M01. Accounts of
    guarantee platforms are taken out first (FX08). Whether the deposit was paid in cash or by cheque is not
    on record; a guarantee has no paying account and is not judged.
    """
    return {Level.YELLOW: deposit_elsewhere > 0, Level.ORANGE: crossed_deposit > 0}


@deposit_not_from_basic_account.applies(
    "the tender is one that must be tendered by law, or that is not on record",
    "依法必须招标的项目，或是否必须招标未见记录",
)
def bound_by_the_duty(mandatory: pl.Expr) -> pl.Expr:
    """Only in tenders that the law requires must deposits come from the basic account (条例 26)."""
    return mandatory
