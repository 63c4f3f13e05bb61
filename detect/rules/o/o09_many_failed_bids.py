"""O09: a firm whose bids fail before evaluation far more often than others'."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O09",
    level=Level.YELLOW,
    grain=Grain.BIDDER,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-REG-35", "CN-REG-39"),
    nominal="max_q",
    en=Words(
        "Bids that often fail",
        "{failed_bids} of this firm's {n_status_known} bids were refused or withdrawn ({failed_share:.0%}); "
        "others in the same markets: {failed_share_expected:.0%} (chance {failed_p:.1g}).",
        "A newcomer that does not know the forms yet, or a firm with poor staff for paperwork.",
    ),
    zh=Words(
        "投标屡被否决或撤回",
        "该企业 {n_status_known} 份投标中 {failed_bids} 份被否决或撤回（{failed_share:.0%}）；"
        "同类市场其他企业为 {failed_share_expected:.0%}（偶然概率 {failed_p:.1g}）。",
        "新进入者不熟悉格式要求；企业标书编制能力不足。",
    ),
)
def many_failed_bids(
    failed_bids: pl.Expr,
    failed_share: pl.Expr,
    failed_share_expected: pl.Expr,
    failed_q: pl.Expr,
    *,
    max_q: float = 0.05,
    min_failed: int = 3,
    min_ratio: float = 2.0,
) -> pl.Expr:
    """Bids of the firm are refused or withdrawn far more often than bids of others in the same markets.

    Firms differ in care by nature: the chance is by a beta-binomial law whose spread is that of all other
    firms, and held against the number of firms looked at.

    Example: 9 of 20 bids failed where 12 % do; among firms that spread by 5 points that has chance 4e-4,
    and of 500 firms looked at q is 0.2: clear. With 14 of 20 it is a hit.

    Limits:
        max_q: one false finding in twenty among the firms named. | 命中企业中错误发现率不超过5%。
        min_failed: two failures are mishaps. | 两次以内视为偶发。
        min_ratio: twice the others' share; a long record makes small differences significant.
            | 至少为他人的两倍；记录很长时微小差异也会显著。
        min_bids: the guide asks for eight bids. | 通行口径为至少八次投标。

    """
    often = (failed_bids >= min_failed) & (failed_share >= min_ratio * failed_share_expected)
    return often & (failed_q <= max_q)


@many_failed_bids.applies("at least {min_bids} bids with a known fate", "至少 {min_bids} 份状态已知的投标")
def long_enough(n_status_known: pl.Expr, *, min_bids: int = 8) -> pl.Expr:
    """A rate needs a record."""
    return n_status_known >= min_bids


@many_failed_bids.chance
def by_chance(failed_p: pl.Expr) -> pl.Expr:
    """Chance of it among firms that differ by nature."""
    return failed_p
