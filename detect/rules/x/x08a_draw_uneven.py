"""X08A: a buyer's experts come from certain places of their lists."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "X08A",
    level=Level.YELLOW,
    grain=Grain.BUYER,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-REG-46", "CN-REG-70"),
    nominal="max_p",
    en=Words(
        "Experts not drawn evenly",
        "The {n_draws_of_experts} experts drawn for this buyer come unevenly from the tenths of their lists "
        "(chance {draw_rank_p:.1g}, false discovery rate {draw_rank_q:.1g}).",
        "Lists sorted by region or by availability, a filter for recusal, or a list that changed while "
        "numbers "
        "stayed.",
    ),
    zh=Words(
        "专家抽取名次分布不均",
        "为该招标人抽取的 {n_draws_of_experts} 人次专家在名单各十分位中分布不均"
        "（偶然概率 {draw_rank_p:.1g}，错误发现率 {draw_rank_q:.1g}）。",
        "名单按地区或可用性排序；回避筛选；名单变动而编号未变。",
    ),
)
def draw_uneven(
    draw_rank_p: pl.Expr, draw_rank_q: pl.Expr, *, max_p: float = 1e-3, max_q: float = 0.05
) -> pl.Expr:
    """The places of the experts drawn for a buyer are not spread over their lists as a draw spreads them.

    Tenths of each list, chi-squared with nine degrees of freedom, adjusted for all buyers.
    Example: 80 experts, of whom 24 stand in the first tenth instead of 8: chance 5 in a million.

    Limits:
        max_p: one fair draw in a thousand (rules X08).
            | 公平抽取中千分之一。
        max_q: of twenty such findings one is expected to be chance, over all buyers.
            | 就全部招标人而言，每二十个发现中预期至多一个出于偶然。
        min_experts: five expected in each tenth, below which the law is no guide.
            | 每个十分位期望五人；更少时分布近似不成立。

    """
    return (draw_rank_p <= max_p) & (draw_rank_q <= max_q)


@draw_uneven.applies("at least {min_experts} experts drawn", "至少抽取 {min_experts} 人次")
def drawn_enough(n_draws_of_experts: pl.Expr, *, min_experts: int = 50) -> pl.Expr:
    """Few draws have no law."""
    return n_draws_of_experts >= min_experts


@draw_uneven.chance
def by_chance(draw_rank_p: pl.Expr) -> pl.Expr:
    """Chance of it with an even draw."""
    return draw_rank_p
