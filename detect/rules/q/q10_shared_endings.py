"""Q10: several different totals end in the same digits."""

import polars as pl

from detect.rule import FREE_AMOUNT, Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q10",
    level=Level.YELLOW,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.OPENING,
    law=("CN-REG-40-4",),
    mechanisms=FREE_AMOUNT,
    nominal="max_p",
    en=Words(
        "Totals with the same ending",
        "{shared_ending_bids} of {n_valid} bids differ and end in the same three digits (chance "
        "{shared_ending_p:.1g}).",
        "A provisional sum or another fixed item that dominates every bid, lucky numbers, or rates over one "
        "quantity.",
    ),
    zh=Words(
        "报价尾数相同",
        "{n_valid} 个有效报价中有 {shared_ending_bids} 个总价不同而末三位数字相同（偶然概率 "
        "{shared_ending_p:.1g}）。",
        "暂列金额等固定费用在各家报价中占比很大；吉利数字；同一工程量乘以整数单价。",
    ),
)
def shared_endings(
    shared_ending_bids: pl.Expr, shared_ending_p: pl.Expr, *, min_bids: int = 3, max_p: float = 1e-3
) -> pl.Expr:
    """Three or more different totals of the tender end in the same three digits.

    Totals made from one another by adding round amounts keep their ending. Digits are counted in the finest
    unit that the tender's bids use; endings on zero do not count, and equal totals count once (rule Q01 has
    them). The chance is binomial for 900 endings that are as likely as each other, times 900 for the one
    that is looked at.

    Example: 1,100,388, 1,131,388, 1,164,388 and 1,090,000: three of three endings not on zero agree. The
    chance is 900 x (1/900)^3 = 1.2 in a million.

    Limits:
        min_bids: two equal endings are found in many tenders.
            | 两个报价尾数相同十分常见。
        max_p: one tender in a thousand by chance.
            | 千分之一的偶然概率。

    """
    return (shared_ending_bids >= min_bids) & (shared_ending_p <= max_p)


@shared_endings.applies("at least three valid bids", "至少三个有效报价")
def enough_bids(n_valid: pl.Expr) -> pl.Expr:
    """Three of them may agree."""
    return n_valid >= 3


@shared_endings.chance
def by_chance(shared_ending_p: pl.Expr) -> pl.Expr:
    """Chance of so many equal endings."""
    return shared_ending_p
