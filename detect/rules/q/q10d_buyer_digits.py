"""Q10D: the leading digits of a buyer's prices do not fall as Benford's law says."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q10D",
    level=Level.INFO,
    grain=Grain.BUYER,
    weight=Weight.CONTEXT,
    point=Point.HISTORY,
    law=("CN-LAW-32",),
    nominal="max_p",
    en=Words(
        "Unusual leading digits of a buyer's lowest bids",
        "The first two digits of {n_digit_prices} prices lie {benford_mad:.2%} from Benford's law on "
        "average (chance {benford_p:.1g}).",
        "Thresholds, ceilings, unit prices or rounding by habit move digits lawfully; few trades follow the "
        "law closely.",
    ),
    zh=Words(
        "招标人项目最低价首位数字异常",
        "{n_digit_prices} 个价格的首两位数字与本福特定律平均偏差 {benford_mad:.2%}（偶然概率 "
        "{benford_p:.1g}）。",
        "限额、最高限价、单价或取整习惯均可合法改变首位数字；符合该定律的行业并不多。",
    ),
)
def buyer_digits(
    benford_p: pl.Expr, benford_mad: pl.Expr, n_digit_prices: pl.Expr, *, max_p: float = 0.001
) -> pl.Expr:
    """The first two digits of the lowest bids of a buyer's tenders are far from Benford's law.

    Figures that arise from many factors over several orders of magnitude start with 10 more often than with
    99; invented ones often do not. A single tender is never tested, and fewer than 300 prices or prices
    within two orders of magnitude have no value here. Many honest buyers depart from the law: context only.

    Example: of 412 prices 11 % begin with 49, where the law expects 0.9 %, and the mean distance over the
    ninety pairs of digits is 0.6 %. None of 999 draws of 412 prices from the law shows as much: chance
    0.001.

    Limits:
        max_p: chance among as many prices that follow the law; the least that 999 draws can show.
            | 同数量符合该定律的价格出现如此偏差的概率；为 999 次抽样可达的最小值。

    """
    return (benford_p <= max_p) & (benford_mad > 0) & (n_digit_prices > 0)


@buyer_digits.chance
def by_chance(benford_p: pl.Expr) -> pl.Expr:
    """Chance of so large a distance."""
    return benford_p
