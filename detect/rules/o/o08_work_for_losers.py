"""O08: the winner hands work to a firm that bid against it."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O08",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.PATTERN,
    point=Point.CONTRACT,
    law=("CN-LAW-48", "CN-LAW-58", "CN-REG-59", "CN-REG-76"),
    en=Words(
        "Work passed on to a losing bidder",
        "The winner gave the other bidder {n_subcontracts_to_loser} subcontract(s) of this very tender, "
        "{subcontract_share:.0%} of the award.",
        "In a small trade the best specialist for a part of the work may well have bid for the whole.",
        {
            Level.YELLOW: "The winner gave the other bidder {n_subcontracts_to_loser} subcontract(s) of this "
            "very tender; their share of the award ({subcontract_share:.1%}) is small or not on record."
        },
    ),
    zh=Words(
        "向落标人分包",
        "中标人就本标段向该投标人分包 {n_subcontracts_to_loser} 项，占中标金额 {subcontract_share:.0%}。",
        "行业较小时，适合承担部分工作的专业企业往往也参与了投标。",
        {
            Level.YELLOW: "中标人就本标段向该投标人分包 {n_subcontracts_to_loser} 项；占中标金额的比例"
            "（{subcontract_share:.1%}）较小或未见记录。"
        },
    ),
)
def work_for_losers(
    n_subcontracts_to_loser: pl.Expr,
    subcontract_share: pl.Expr,
    n_subcontracts: pl.Expr,
    *,
    min_share: float = 0.05,
) -> dict[Level, pl.Expr]:
    """The winner subcontracted work of the tender to a firm that had bid for it and lost.

    Subcontracting with consent is lawful; that it goes to a rival is the point. Where the source tells of
    subcontracts and none is on record, the tender is clear; where it tells of none at all, nobody knows.

    Example: the winner of a 10 million lot subcontracts earthworks of 1.2 million (12 %) to the second
    bidder: ORANGE; a survey for 80,000 (0.8 %): YELLOW.

    Limits:
        min_share: the guide asks for five per cent of the value; less may be a trifle.
            | 通行口径为合同额的5%；更低可能只是零星工作。

    """
    given = pl.when(n_subcontracts.is_not_null()).then(n_subcontracts_to_loser.fill_null(0) > 0)
    large = (subcontract_share >= min_share).fill_null(False)
    return {Level.YELLOW: given, Level.ORANGE: given & large}
