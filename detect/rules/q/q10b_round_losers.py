"""Q10B: losing bids are round far more often than usual."""

import polars as pl

from detect.rule import FREE_AMOUNT, Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q10B",
    level=Level.INFO,
    grain=Grain.TENDER,
    weight=Weight.CONTEXT,
    point=Point.OPENING,
    law=("CN-LAW-32",),
    mechanisms=FREE_AMOUNT,
    nominal="max_p",
    en=Words(
        "Round losing bids",
        "{thousands_loser_share:.0%} of the bids other than the lowest of {n_valid} are multiples of 1,000, "
        "where {usual_thousands_share:.1%} are usual (chance {thousands_p:.1g}).",
        "Firms that round their final offer by habit, large sums where thousands are small change, or a "
        "form that asks for round prices.",
    ),
    zh=Words(
        "落败报价多为整数",
        "{n_valid} 个有效报价中，非最低报价有 {thousands_loser_share:.0%} 为千元整数，此前同类通常为 "
        "{usual_thousands_share:.1%}（偶然概率 {thousands_p:.1g}）。",
        "企业习惯对总价取整；金额较大时千元以下可忽略；格式要求填写整数。",
    ),
)
def round_losers(
    thousands_p: pl.Expr,
    thousands_loser_share: pl.Expr,
    usual_thousands_share: pl.Expr,
    *,
    max_p: float = 1e-3,
) -> pl.Expr:
    """The bids other than the lowest are multiples of 1,000 far more often than in earlier tenders.

    A price that was calculated is seldom round, one that was invented often is. The usual share is that of
    earlier losing bids of the category, or of the whole market where the category has fewer than 200. Firms
    have habits of rounding, so hits come more often than the binomial chance says: context only.

    Example: four losing bids are 93,000, 95,000, 97,000 and 98,000 where 6 % of losing bids are round. The
    chance of four in four is 0.06^4, 1.3 in 100,000.

    Limits:
        max_p: binomial chance; firms' habits make it too small, hence a strict limit and no alert.
            | 二项分布概率；企业取整习惯会使其偏小，故从严且不单独报警。

    """
    return (thousands_p <= max_p) & (thousands_loser_share > usual_thousands_share)


@round_losers.applies("at least three valid bids", "至少三个有效报价")
def enough_bids(n_valid: pl.Expr) -> pl.Expr:
    """One losing bid may be round."""
    return n_valid >= 3


@round_losers.chance
def by_chance(thousands_p: pl.Expr) -> pl.Expr:
    """Chance of so many round ones."""
    return thousands_p
