"""B02: purchases of one kind stay one by one below the threshold from which tendering is required."""

import polars as pl

from detect.periods import IN_CHINA, in_china
from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B02",
    level=Level.ORANGE,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.REGISTRATION,
    law=("CN-LAW-49", "CN-REG-24", "CN-GPR-28"),
    nominal="max_p",
    en=Words(
        "Purchases just below the threshold",
        "This purchase of {planned_price:,.0f} yuan was not put to open tender and lies within "
        "{near:.0%} below the threshold for {purchase_kind} (works {works:,.0f}, goods {goods:,.0f}, "
        "services {services:,.0f} yuan); in the twelve months before, {plans_just_below} purchase(s) of "
        "this buyer in the category lay up to 10 % below it and {plans_just_above} as far above (chance "
        "{plans_below_p:.1g}).",
        "One standing need bought anew each month at one price, a budget line of just that size, or "
        "separate projects that happen to cost alike.",
        {
            Level.INFO: "Purchases of this buyer in the category that were not put to open tender, each "
            "below the threshold for {purchase_kind} (works {works:,.0f}, goods {goods:,.0f}, "
            "services {services:,.0f} yuan), together pass it with this one: {like_plans} of "
            "{like_plans_sum:,.0f} yuan in twelve months, {like_plans_of_year} of "
            "{like_plans_of_year_sum:,.0f} yuan in the calendar year."
        },
    ),
    zh=Words(
        "化整为零",
        "本次采购 {planned_price:,.0f} 元未公开招标，略低于限额标准（工程 {works:,.0f}、货物 "
        "{goods:,.0f}、服务 {services:,.0f} 元；本项目为 {purchase_kind}），差距不超过 {near:.0%}；"
        "此前12个月该招标人同类采购中，略低于本次金额者 {plans_just_below} 次，略高者 {plans_just_above} "
        "次（偶然概率 {plans_below_p:.1g}）。",
        "同一需求按月以同一价格采购；预算科目恰为该金额；互不相关的项目金额相近。",
        {
            Level.INFO: "连同本次，该招标人同类未公开招标且各自低于限额标准（工程 {works:,.0f}、货物 "
            "{goods:,.0f}、服务 {services:,.0f} 元；本项目为 {purchase_kind}）的采购合计达到限额："
            "12个月内 {like_plans} 次共 {like_plans_sum:,.0f} 元，本年度 {like_plans_of_year} 次共 "
            "{like_plans_of_year_sum:,.0f} 元。"
        },
    ),
)
def purchase_split(
    planned_price: pl.Expr,
    purchase_kind: pl.Expr,
    currency: pl.Expr,
    like_plans: pl.Expr,
    like_plans_sum: pl.Expr,
    like_plans_largest: pl.Expr,
    like_plans_of_year: pl.Expr,
    like_plans_of_year_sum: pl.Expr,
    like_plans_of_year_largest: pl.Expr,
    plans_just_below: pl.Expr,
    plans_below_p: pl.Expr,
    *,
    works: float = 4_000_000.0,
    goods: float = 2_000_000.0,
    services: float = 1_000_000.0,
    fiscal_year: bool = False,
    near: float = 0.10,
    min_below: int = 2,
    max_p: float = 0.05,
    strong_p: float = 1e-3,
) -> dict[Level, pl.Expr]:
    """Purchases without open tender lie one by one below the threshold from which tendering is required.

    INFO where they pass it together, which most buyers' small purchases do; YELLOW where this one lies just
    below it and others of its size do while few lie above, as smooth prices would have it; ORANGE where that
    is very unlikely. As of the deadline, against the same buyer and category.
    Example: services of 950,000 for the sixth time in a year, none between 950,000 and 1,050,000: chance of
    five below and none above 1 in 32, YELLOW.

    Limits:
        works: yuan from which works must be tendered (order 16 of 2018, from secondary sources).
            | 施工单项合同估算价限额（2018年第16号令，未核对原文）。
        goods: the same for goods.
            | 货物限额，同上。
        services: the same for services.
            | 服务限额，同上。
        fiscal_year: add up a fiscal year, as government procurement law does, and not twelve months; for a
            parameter set of government procurement.
            | 按政府采购规定以一个财政年度累计，而非十二个月；供政府采购参数集使用。
        near: prices just below the threshold (rules B02); those farther below dodge nothing.
            | 略低于限额的范围；更低者无规避之必要。
        min_below: with this purchase that makes three.
            | 连同本次共三次。
        max_p: one purchase in twenty lies so by chance, of those near the threshold.
            | 限额附近的采购中偶然如此者约二十分之一。
        strong_p: what a strong lead asks of any statistic (rules 0.1).
            | 强线索对统计量的一般要求。

    """
    limit = _threshold(purchase_kind, currency, {"works": works, "goods": goods, "services": services})
    n, total, largest = (
        (like_plans_of_year, like_plans_of_year_sum, like_plans_of_year_largest) if fiscal_year
        else (like_plans, like_plans_sum, like_plans_largest)
    )  # fmt: skip
    below = (planned_price < limit) & (planned_price >= limit * (1 - near))
    just_below, p = below & (plans_just_below >= min_below), plans_below_p.fill_null(1.0)
    return {
        Level.INFO: (n >= 2) & (largest < limit) & (total >= limit),
        Level.YELLOW: just_below & (p <= max_p),
        Level.ORANGE: just_below & (p <= strong_p),
    }


def _threshold(kind: pl.Expr, currency: pl.Expr, yuan: dict[str, float]) -> pl.Expr:
    """Yuan from which a purchase of the kind must be tendered; null in another currency."""
    return pl.when(currency == "CNY").then(kind.replace_strict(yuan, return_dtype=pl.Float64, default=None))


purchase_split.applies(*IN_CHINA)(in_china)


@purchase_split.applies("not put to open tender", "未公开招标")
def not_openly_tendered(procurement_method: pl.Expr) -> pl.Expr:
    """An open tender evades nothing."""
    return procurement_method != "open"


@purchase_split.chance
def by_chance(plans_below_p: pl.Expr) -> pl.Expr:
    """Chance of so many below if prices are smooth there."""
    return plans_below_p
