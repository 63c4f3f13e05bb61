"""Q03: the sorted bids rise by equal ratios."""

import polars as pl

from detect.evenness import ask_for_steps, enough_bids, most_uneven
from detect.rule import FREE_AMOUNT, Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q03",
    level=Level.ORANGE,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.OPENING,
    law=("CN-REG-40-4",),
    mechanisms=FREE_AMOUNT,
    nominal=1e-4,
    version=2,
    needs=("one_scale",),
    en=Words(
        "Equal ratios",
        "All {n_valid} bids rise by nearly one ratio: no step between their logarithms differs from the mean "
        "step by more than {log_step_spread:.2%}.",
        "A published price list with a fixed mark-up per grade, or dealers of one maker with graded "
        "discounts.",
    ),
    zh=Words(
        "报价呈等比规律",
        "全部 {n_valid} 个有效报价按近似同一比例递增：任一对数级差与平均级差的偏离不超过 "
        "{log_step_spread:.2%}。",
        "按等级加价的公布价目表；同一厂家各级经销商的阶梯折扣。",
    ),
)
def equal_ratios(
    log_step_spread: pl.Expr, n_valid: pl.Expr, *, max_spread: float = 0.05, max_spread_of_four: float = 0.01
) -> pl.Expr:
    """All valid bids of the tender, sorted, rise by one nearly constant ratio.

    The test of rule Q02 on the logarithms of the bids. Where bids lie close together both say the same, and
    Q02 alone speaks.

    Example: 100, 115, 132.3, 152.1 and 174.9 grow by 15 % each; their log steps differ from the mean by 0.1
    %, which five independent bids show less than once in 100,000 tenders. In money the steps run from 15 to
    22.8, so Q02 is silent.

    Limits:
        max_spread: for five bids and more; chance gives such a lot 6 times in 100,000.
            | 五家及以上；随机情况下约十万分之六。
        max_spread_of_four: for four bids, where three steps agree more easily; 1 in 10,000.
            | 四家时三个级差更易接近，故从严；随机情况下约万分之一。
        distinct: below this distance from lowest to highest bid equal ratios are equal steps too; where the
            steps in money are as even as the limits here ask, rule Q02 has said it.
            | 最高与最低报价差距小于此值时，等比与等差无从区分；若金额级差同样均匀，由规则 Q02 提示。

    """
    return log_step_spread <= most_uneven(n_valid, max_spread, max_spread_of_four)


equal_ratios.applies("at least four valid bids", "至少四个有效报价")(enough_bids)
ask_for_steps(equal_ratios)


@equal_ratios.applies(
    "a spread of {distinct:.0%} or more, or steps uneven in money (else see Q02)",
    "报价差距不小于 {distinct:.0%}，或金额级差不均匀（否则见 Q02）",
)
def not_said_by_steps(
    bid_spread: pl.Expr,
    step_spread: pl.Expr,
    n_valid: pl.Expr,
    *,
    distinct: float = 0.10,
    max_spread: float = 0.05,
    max_spread_of_four: float = 0.01,
) -> pl.Expr:
    """One finding is told once."""
    return (bid_spread >= distinct) | (step_spread > most_uneven(n_valid, max_spread, max_spread_of_four))


@equal_ratios.chance
def by_chance(log_step_spread_null: pl.Expr) -> pl.Expr:
    """Share of competitive tenders with as many bids whose log steps are as even."""
    return log_step_spread_null
