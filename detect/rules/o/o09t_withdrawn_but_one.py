"""O09T: bids are withdrawn until one is left."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O09T",
    level=Level.YELLOW,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.OPENING,
    law=("CN-REG-35", "CN-REG-39"),
    en=Words(
        "Withdrawals that leave one bid",
        "{n_withdrawn} of {n_bids} bids were withdrawn and {n_valid} was left to compare.",
        "A change of the tender shortly before the deadline that made the work unattractive for several.",
    ),
    zh=Words(
        "多家撤回后仅剩一家",
        "{n_bids} 份投标中 {n_withdrawn} 份撤回，仅余 {n_valid} 份可比报价。",
        "截止前招标内容变更，使多家企业不愿继续参与。",
    ),
)
def withdrawn_but_one(
    n_withdrawn: pl.Expr, n_valid: pl.Expr, *, min_withdrawn: int = 2, max_left: int = 1
) -> pl.Expr:
    """Two bids or more were withdrawn by those who had made them, and one or none was left to compare.

    A withdrawal is the bidder's own act; refusals by the committee that leave one bid are rule B05.

    Example: four bids arrive, two are withdrawn before the opening, one is refused, one is left: a hit.

    Limits:
        min_withdrawn: one bidder may change its mind; two at once are worth a look.
            | 一家改变主意属常见；两家同时撤回值得关注。
        max_left: with two bids left there still is a choice. | 尚余两份报价即仍有选择。

    """
    return (n_withdrawn >= min_withdrawn) & (n_valid <= max_left)


@withdrawn_but_one.applies("at least three bids", "至少三份投标")
def several_bids(n_bids: pl.Expr) -> pl.Expr:
    """Of two bids two withdrawals leave none, which is a failed tender."""
    return n_bids >= 3
