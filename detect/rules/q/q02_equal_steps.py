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
    step_spread: pl.Expr,
    n_valid: pl.Expr,
    equal_step_exact: pl.Expr,
    tie_chance: pl.Expr,
    *,
    max_spread: float = 0.05,
    max_spread_of_four: float = 0.01,
    max_tie_chance: float = 1e-3,
) -> pl.Expr:
    """All valid bids of the tender, sorted, rise by nearly equal steps.

    The spread is the largest distance of a step from the mean step, in units of the mean step. All
    bids count: "some of the ten bids are evenly spaced" is true by chance in most tenders. The two steps of
    three bids have to be equal to the last unit, on a grid so fine that this is as unlikely as equal bids.

    Example: 1,204,318, 1,251,079 and 1,297,840 yuan: both steps are 46,761, a hit; 1.2, 1.25 and 1.3 million
    are no finding, since among prices in steps of 50,000 that happens all the time.

    Limits:
        max_spread: for five bids and more; chance gives such a lot 6 times in 100,000.
            | 五家及以上；随机情况下约十万分之六。
        max_spread_of_four: for four bids, where three steps agree more easily; 1 in 10,000.
            | 四家时三个级差更易接近，故从严；随机情况下约万分之一。
        max_tie_chance: for three bids, the chance of two equal ones on the grid that they share; the steps
            are equal about as often. One in a thousand is what a strong lead asks of any statistic.
            | 三家时：按共同报价网格出现相同报价的概率，级差恰好相等的概率与之相当；强线索要求不超过千分之一。

    """
    even = step_spread <= most_uneven(n_valid, max_spread, max_spread_of_four)
    return pl.when(n_valid == 3).then(equal_step_exact & (tie_chance <= max_tie_chance)).otherwise(even)


@equal_steps.applies("at least three valid bids", "至少三个有效报价")
def several_steps(n_valid: pl.Expr) -> pl.Expr:
    """Two bids have one step."""
    return n_valid >= 3


ask_for_steps(equal_steps)
