"""R02: young bidders of one tender were founded within days of each other."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "R02",
    level=Level.YELLOW,
    grain=Grain.TIE,
    weight=Weight.PATTERN,
    point=Point.OPENING,
    law=("CN-REG-39",),
    nominal="max_p",
    en=Words(
        "Founded together",
        "Both bidders are younger than two years and were founded {founding_gap_days} days apart; of "
        "{young_firms} young bidders of the tender {founding_batch} were founded together, where chance "
        "gives a pair {founding_chance:.2%}.",
        "A reform, a tax holiday or a new park that brought many foundings at once; a parent that split its "
        "business.",
    ),
    zh=Words(
        "注册时间相近",
        "两家投标人成立均不满两年，成立日期相隔 {founding_gap_days} 天；本项目 {young_firms} 家新企业中有 "
        "{founding_batch} 家同批成立，两家偶然相近的概率为 {founding_chance:.2%}。",
        "改革、税收优惠或新园区带来的集中注册；母公司业务分立。",
    ),
)
def founded_together(
    founded_together: pl.Expr,
    founding_chance: pl.Expr,
    founding_batch: pl.Expr,
    young_firms: pl.Expr,
    founding_gap_days: pl.Expr,
    *,
    max_days: int = 7,
    max_p: float = 0.05,
) -> pl.Expr:
    """Two young bidders of one tender were founded within days of each other, against the local rate.

    Among many young bidders some pair is founded in one week by accident, so the chance counts every pair of
    them, and every three where three or more were founded together (rules R02).

    Example: where foundings are spread evenly over two years, a pair falls within 7 days of each other with
    chance 15 / 731 = 2.1 %. Two young bidders that do are a hit; of five young bidders some pair does in
    20 % of tenders, which is nothing, but three of the five founded together have 10 x 0.021^2 = 0.4 %.

    Limits:
        max_days: days between the foundings of firms registered in one go (rules R02).
            | 同批注册企业的成立日期间隔。
        max_p: chance of it among the young bidders of the tender, by the rate of foundings in those weeks.
            | 按当时当地注册频率计算的偶然概率上限。

    """
    rare = chance_of_a_batch(founding_chance, founding_batch, young_firms) <= max_p
    together = founded_together & (founding_gap_days <= max_days)
    return pl.when(founded_together).then(together & rare).otherwise(founded_together)


def chance_of_a_batch(chance: pl.Expr, batch: pl.Expr, young: pl.Expr) -> pl.Expr:
    """Bonferroni over the pairs of young firms, or over their triples where three were founded together."""
    pairs = young * (young - 1) / 2
    triples = pairs * (young - 2) / 3
    p = pl.when(batch >= 3).then(triples * chance**2).otherwise(pairs * chance)
    return p.clip(upper_bound=1.0)


@founded_together.chance_somewhere
def by_chance(founding_chance: pl.Expr, founding_batch: pl.Expr, young_firms: pl.Expr) -> pl.Expr:
    """Chance of such a batch among the young bidders of the tender."""
    return chance_of_a_batch(founding_chance, founding_batch, young_firms)
