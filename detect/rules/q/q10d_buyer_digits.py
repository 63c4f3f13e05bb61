"""Q10D: the leading digits of a buyer's prices do not fall as Benford's law says."""

import polars as pl

from detect.leading_digits import by_its_p, far_from_the_law, words
from detect.rule import Level, Point, Weight, rule
from features.catalogue import Grain

EN, ZH = words("Unusual leading digits of a buyer's lowest bids", "招标人项目最低价首位数字异常")


@rule(
    "Q10D",
    level=Level.INFO,
    grain=Grain.BUYER,
    weight=Weight.CONTEXT,
    point=Point.HISTORY,
    law=("CN-LAW-32",),
    nominal="max_p",
    en=EN,
    zh=ZH,
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
    return far_from_the_law(benford_p, benford_mad, n_digit_prices, max_p)


by_its_p(buyer_digits)
