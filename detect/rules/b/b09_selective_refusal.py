"""B09: the refusals fell on the lowest bids."""

import polars as pl

from detect.rule import FREE_PRICE, Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B09",
    level=Level.ORANGE,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.EVALUATION,
    law=("CN-REG-49", "CN-REG-51", "CN-REG-71"),
    mechanisms=FREE_PRICE,
    nominal="max_p",
    en=Words(
        "Refusals fell on the lowest bids",
        "{n_disqualified} of {n_bids} bids were refused, and the {n_rejected_lower} lowest bid(s) are "
        "all among "
        "them (chance {refused_lowest_p:.1g} if refusals fall on any bids).",
        "Bids below cost, which have to be refused; cheap offers that leave out what was asked for; "
        "newcomers "
        "who make formal errors and bid low.",
        {
            Level.YELLOW: "{n_disqualified} of {n_bids} bids were refused, and the {n_rejected_lower} lowest "
            "bid(s) are all among them (chance {refused_lowest_p:.1g} if refusals fall on any bids).",
            Level.INFO: "{n_disqualified} of {n_bids} bids were refused, the lowest among them; with so many "
            "refusals of so few bids that is no wonder (chance {refused_lowest_p:.1g}).",
        },
    ),
    zh=Words(
        "否决集中于低价投标",
        "{n_bids} 份投标中 {n_disqualified} 份被否决，最低的 {n_rejected_lower} 份均在其中"
        "（若否决与报价无关，概率 {refused_lowest_p:.1g}）。",
        "低于成本的报价依法应予否决；仅对部分品目报价或漏项；新进入者报价低且易犯形式错误。",
        {
            Level.YELLOW: "{n_bids} 份投标中 {n_disqualified} 份被否决，最低的 {n_rejected_lower} 份均在其中"
            "（若否决与报价无关，概率 {refused_lowest_p:.1g}）。",
            Level.INFO: "{n_bids} 份投标中 {n_disqualified} 份被否决，最低报价在其中；"
            "就否决与投标数量而言并不意外（概率 {refused_lowest_p:.1g}）。",
        },
    ),
)
def selective_refusal(
    n_rejected_lower: pl.Expr,
    refused_lowest_p: pl.Expr,
    n_disqualified: pl.Expr,
    *,
    max_p: float = 0.05,
    strong_p: float = 1e-3,
) -> dict[Level, pl.Expr]:
    """Every bid below the lowest admitted one was refused, more of them than refusals of any bids explain.

    The null lets the refusals fall on any of the bids (hypergeometric). It is a yardstick: cheap bids have
    more defects. The reasons would tell whether the winner shares the defect, but they are free text.
    Example: three of eight bids refused, the three lowest: chance 1 in 56, YELLOW; nine of ten refused and
    the third lowest admitted: chance 0.8, INFO here and a matter for B05.

    Limits:
        max_p: one tender with refusals in twenty lies here by chance, at most.
            | 有否决的项目中偶然如此者至多二十分之一。
        strong_p: what a strong lead asks of any statistic (rules 0.1).
            | 强线索对统计量的一般要求。

    """
    lower = pl.when(n_disqualified == 0).then(pl.lit(False)).otherwise(n_rejected_lower >= 1)
    p = refused_lowest_p.fill_null(1.0)
    return {Level.INFO: lower, Level.YELLOW: lower & (p <= max_p), Level.ORANGE: lower & (p <= strong_p)}


@selective_refusal.applies("at least two bids", "至少两份投标")
def several_bids(n_bids: pl.Expr) -> pl.Expr:
    """One bid has no lower one."""
    return n_bids >= 2


@selective_refusal.chance
def by_chance(refused_lowest_p: pl.Expr) -> pl.Expr:
    """Chance of it if refusals know nothing of prices."""
    return refused_lowest_p
