"""Q12: two bidders' prices move together after what explains them is taken out."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q12",
    level=Level.YELLOW,
    grain=Grain.PAIR,
    weight=Weight.SCREEN,
    point=Point.HISTORY,
    law=("CN-LAW-32",),
    nominal="max_q",
    en=Words(
        "Unexplained prices that move together",
        "Over {n_residuals} common tenders the parts of the two bidders' prices that tender, firm and work "
        "at hand do not explain have a correlation of {residual_correlation:+.2f} (false discovery rate "
        "{residual_q:.1g}).",
        "Both buy from one supplier or hire one estimator, serve the same area, or face costs that the "
        "records do not show.",
    ),
    zh=Words(
        "无法解释的报价部分相关",
        "在 {n_residuals} 个共同标段中，扣除标段、企业与在手业务影响后，两家报价剩余部分的相关系数为 "
        "{residual_correlation:+.2f}（错误发现率 {residual_q:.1g}）。",
        "双方使用同一供应商或同一造价人员；服务同一区域；存在数据未反映的共同成本。",
    ),
)
def related_residuals(residual_q: pl.Expr, *, max_q: float = 0.05) -> pl.Expr:
    """The unexplained parts of two bidders' prices are correlated over their common tenders.

    Firms that bid independently make independent errors once the tender and their own costs are taken out
    (Bajari and Ye 2003). Either sign counts: an agreed distance moves prices together, a cover price moves
    against the price that it covers. Costs that both firms share but nobody recorded do the same.

    Tenders awarded by a mean of bids do not count: there all bidders aim at each other's prices.

    Example: over 24 common tenders two firms' residuals correlate at +0.71, p = 0.0002. Among 3,000 pairs
    tested this is a false discovery rate of 0.04 where thirteen pairs or more are as extreme.

    Limits:
        max_q: false discovery rate among all pairs tested (Benjamini and Hochberg 1995).
            | 全部受检企业对中的错误发现率。
        min_common: fewer common tenders give no correlation worth the name.
            | 共同标段过少时相关系数没有意义。

    """
    return residual_q <= max_q


@related_residuals.applies(
    "at least {min_common} common tenders with known residuals", "至少 {min_common} 个残差可比的共同标段"
)
def met_often(n_residuals: pl.Expr, *, min_common: int = 10) -> pl.Expr:
    """A correlation needs a series."""
    return n_residuals >= min_common


@related_residuals.chance
def by_chance(residual_p: pl.Expr) -> pl.Expr:
    """Chance of so strong a correlation between independent errors."""
    return residual_p
