"""Q02: the sorted bids rise by equal steps."""

import polars as pl

from detect.evenness import ask_for_steps, most_uneven
from detect.rule import FREE_AMOUNT, Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q02",
    level=Level.ORANGE,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.OPENING,
    law=("CN-REG-40-4",),
    mechanisms=FREE_AMOUNT,
    version=2,
    needs=("one_scale",),
    en=Words(
        "Equal steps",
        "All {n_valid} bids rise by nearly equal steps: no step differs from their mean by more than "
        "{step_spread:.2%}.",
        "A published price list or a tick size that the tender prescribes.",
    ),
    zh=Words(
        "报价呈等差规律",
        "全部 {n_valid} 个有效报价按近似等差递增：任一级差与平均级差的偏离不超过 {step_spread:.2%}。",
        "公布的价目表，或招标文件规定了报价级差。",
    ),
)
def equal_steps(
    step_spread: pl.Expr, n_valid: pl.Expr, *, max_spread: float = 0.05, max_spread_of_four: float = 0.01
) -> pl.Expr:
    """All valid bids of the tender, sorted, rise by nearly equal steps.

    The spread is the largest distance of a step from the mean step, in units of the mean step. All
    bids count: "some of the ten bids are evenly spaced" is true by chance in most tenders.

    Limits:
        max_spread: for five bids and more; chance gives such a lot 6 times in 100,000.
            | 五家及以上；随机情况下约十万分之六。
        max_spread_of_four: for four bids, where three steps agree more easily; 1 in 10,000.
            | 四家时三个级差更易接近，故从严；随机情况下约万分之一。

    """
    return step_spread <= most_uneven(n_valid, max_spread, max_spread_of_four)


ask_for_steps(equal_steps)
