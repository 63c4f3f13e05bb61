"""X05: two experts gave the same marks throughout."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "X05",
    level=Level.YELLOW,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.EVALUATION,
    law=("CN-LAW-44", "CN-REG-49"),
    en=Words(
        "Copied marks",
        "{n_copied_sheets} pair(s) of experts gave equal marks for every judgement on five bids and more.",
        "A scale of few steps on which bids fall clearly, or marks that the committee agreed on aloud "
        "and wrote "
        "down alike.",
    ),
    zh=Words(
        "打分雷同",
        "{n_copied_sheets} 对专家对五份及以上投标的全部主观评分完全相同。",
        "评分档次少且投标优劣分明；评委会讨论后统一记分。",
    ),
)
def copied_marks(n_copied_sheets: pl.Expr, *, min_pairs: int = 1) -> pl.Expr:
    """Two experts gave the same marks for every judgement, over many bids and items.

    Sheets count that hold five bids, three items and three different marks, so that a panel which gives
    everybody full marks copies nothing.
    Example: six bids and four items, 24 marks between 3 and 9.5, all equal.

    Limits:
        min_pairs: one pair is enough to ask (rules X05).
            | 一对即值得核实。
        min_bids: fewer bids agree by chance.
            | 投标过少时可能偶然相同。

    """
    return n_copied_sheets >= min_pairs


@copied_marks.applies("at least {min_bids} bids", "至少 {min_bids} 份投标")
def several_bids(n_bids: pl.Expr, *, min_bids: int = 5) -> pl.Expr:
    """Marks for few bids may agree by chance."""
    return n_bids >= min_bids
