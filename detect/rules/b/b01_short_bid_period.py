"""B01: the bid period is shorter than the law allows."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B01",
    level=Level.ORANGE,
    grain=Grain.TENDER,
    weight=Weight.FACT,
    point=Point.REGISTRATION,
    law=("CN-LAW-24",),
    en=Words(
        "Short bid period",
        "Bidders had {bid_period_days:.1f} days to prepare; the minimum is {min_days} days.",
        "An urgent purchase or a procedure for which the law sets a shorter period.",
    ),
    zh=Words(
        "投标期限过短",
        "投标准备期为 {bid_period_days:.1f} 天，低于 {min_days} 天的最低要求。",
        "紧急采购，或法律对该程序规定了更短期限。",
    ),
)
def short_bid_period(bid_period_days: pl.Expr, *, min_days: float = 20.0) -> pl.Expr:
    """Bidders had fewer days between publication and deadline than the legal minimum."""
    return bid_period_days < min_days
