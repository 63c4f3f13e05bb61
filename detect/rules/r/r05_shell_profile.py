"""R05: a bidder that shows little capacity of its own."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "R05",
    level=Level.INFO,
    grain=Grain.BIDDER,
    weight=Weight.CONTEXT,
    point=Point.HISTORY,
    law=("CN-LAW-33",),
    en=Words(
        "Little capacity on record",
        "{shell_points} of {shell_checked} signs of a firm without capacity hold: few insured staff, no "
        "capital, young at its first tender, no win, a crowded address, many unrelated categories.",
        "A newly founded firm with real plans; a trader that needs few people; staff insured with a parent; "
        "a register that shows no paid-in capital.",
    ),
    zh=Words(
        "缺少履约能力的特征",
        "可核查的 {shell_checked} 项特征中有 {shell_points} 项成立：参保人数少、无实缴资本、首次投标时成立不"
        "久、从未中标、地址为多家共用、投标品类过多。",
        "确有业务计划的新设企业；用工少的贸易企业；由母公司参保；登记未反映实缴资本。",
    ),
)
def shell_profile(shell_points: pl.Expr, *, min_points: int = 3) -> pl.Expr:
    """The firm shows at least three of six signs of a firm without capacity of its own.

    Context for other findings, never an alert (rules R05). A change of the business scope shortly before a
    deadline is not on record and not checked.

    Limits:
        min_points: signs that hold; one or two are usual among small firms (rules R05).
            | 成立的特征数下限；小企业常有一两项。
        min_checked: as many as have to hold.
            | 与成立特征数下限一致。

    """
    return shell_points >= min_points


@shell_profile.applies("at least {min_checked} signs could be checked", "至少可核查 {min_checked} 项特征")
def enough_on_record(shell_checked: pl.Expr, *, min_checked: int = 3) -> pl.Expr:
    """Signs that are not on record cannot add up."""
    return shell_checked >= min_checked
