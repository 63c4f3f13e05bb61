"""P02: one bidder owns, controls or manages another bidder of the tender."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "P02",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.OPENING,
    law=("CN-REG-34-2", "CN-GPR-18"),
    en=Words(
        "Control or management relation",
        "When bids closed one bidder controlled the other: {direct_share:.0%} directly, {control_share:.0%} "
        "at the weakest link of the best chain; recorded control or management counts as 100 %.",
        "A sale of the shares that reached the register late; lots that the source does not tell apart; "
        "shares held in trust for others.",
        {
            Level.ORANGE: "When bids closed a chain of holdings led from one bidder to the other, with "
            "{control_share:.0%} at its weakest link and {direct_share:.0%} held directly.",
            Level.YELLOW: "When bids closed one bidder had a minority stake in the other: "
            "{control_share:.0%} at the weakest link of the chain.",
        },
    ),
    zh=Words(
        "控股、管理关系",
        "投标截止时一方控制另一方：直接持股 {direct_share:.0%}，控制链最弱环节 {control_share:.0%}"
        "（有记录的控制或管理关系按 100% 计）。",
        "股权转让登记滞后；来源数据未区分标段；代持股份。",
        {
            Level.ORANGE: "投标截止时一方经持股链条通向另一方，最弱环节 {control_share:.0%}，直接持股 "
            "{direct_share:.0%}。",
            Level.YELLOW: "投标截止时一方参股另一方，链条最弱环节 {control_share:.0%}。",
        },
    ),
)
def control_relation(
    control_share: pl.Expr,
    direct_share: pl.Expr,
    mandatory: pl.Expr,
    *,
    control: float = 0.5,
    minority: float = 0.05,
) -> dict[Level, pl.Expr]:
    """One bidder owned, controlled or managed another bidder for the same lot when bids closed.

    RED above one half, held directly; or through a chain where the tender must by law be tendered, since
    the rule of tendering law (条例 34) covers every path and that of government procurement (政采条例 18)
    direct control only. Which of the two governs is not on record otherwise; a chain is then ORANGE. One
    half is ORANGE too: it was control by the company law of 2018 and is no longer by that of 2023 (公司法
    265). A minority stake is YELLOW: neither regime forbids it. Chains stop at the State (FX09); relations
    count as of the deadline (FX14), members of one bid do not (FX01).

    Limits:
        control: share above which a holder controls (公司法 265; rules P02).
            | 控股比例界线：2018 年公司法为百分之五十以上，2023 年修订后为超过百分之五十。
        minority: smaller stakes give no influence worth a look (rules P02).
            | 低于此比例的持股不具影响力。

    """
    known = control_share.is_not_null()
    every_path = mandatory.fill_null(False) & (control_share > control)
    red = (direct_share > control) | every_path
    return {
        Level.YELLOW: pl.when(known).then(control_share >= minority),
        Level.ORANGE: pl.when(known).then(control_share >= control),
        Level.RED: pl.when(known).then(red.fill_null(False)),
    }
