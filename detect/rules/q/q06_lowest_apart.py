"""Q06: the lowest bid stands apart, the others bunch above it."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain
from records.tables import Mechanism


@rule(
    "Q06",
    level=Level.INFO,
    grain=Grain.TENDER,
    weight=Weight.CONTEXT,
    point=Point.OPENING,
    law=("CN-LAW-32",),
    mechanisms=frozenset({Mechanism.LOWEST, Mechanism.SCORED, None}),
    version=2,
    nominal="max_place",
    needs=("one_scale",),
    en=Words(
        "Lowest bid apart from the rest",
        "The lowest of {n_valid} bids lies {relative_distance:.1f} deviations of the other bids below the "
        "second; {relative_distance_null:.2%} of competitive tenders with as many bids show less, and "
        "{relative_distance_place:.2%} of earlier tenders of its kind as much.",
        "A bidder with clearly lower costs or much interest in the contract; the losers price from one "
        "quota.",
    ),
    zh=Words(
        "最低价与其余报价拉开差距",
        "{n_valid} 个有效报价中，最低价低于次低价 {relative_distance:.1f} 个其余报价标准差；"
        "同等家数的竞争性标段中 {relative_distance_null:.2%} 小于此值，"
        "此前同类标段中 {relative_distance_place:.2%} 不小于此值。",
        "某投标人成本明显较低或中标意愿强；其余投标人按同一定额报价。",
    ),
)
def lowest_apart(
    relative_distance_null: pl.Expr,
    relative_distance_place: pl.Expr,
    relative_distance: pl.Expr,
    *,
    min_share: float = 0.95,
    max_place: float = 0.05,
) -> pl.Expr:
    """The gap below the second bid is large against the spread of the other bids.

    Cover bids are often written a safe step above the agreed price and close to each other. Without any
    agreement the relative distance (RD) exceeds 1.5 in 34 % of tenders of four bids and in 12 % of ten, so
    one cut for all flags small tenders. Here it is the 95th percentile for the number of bids, which one
    honest tender in twenty passes: context for a case, and never an alert.

    That null knows no ceiling, which cuts off dear bids, so that the others bunch below it and 8 % of honest
    tenders passed. The distance must therefore be as rare among earlier tenders of its kind: same award
    method and category, with or without a bid at the ceiling (column `relative_distance_place`). A tender
    that passes the first test and has no such past cannot be judged.

    Example: 100, 110, 111, 112 and 113 have a gap of 10 over a deviation of 1.3 of the other four: RD is 7.7,
    and 98.6 % of competitive tenders of five bids show less.

    Limits:
        min_share: the 95th percentile of competitive tenders with as many bids.
            | 同等家数竞争性标段的第 95 百分位。
        max_place: the same share of earlier tenders of its kind, whatever shapes their bids.
            | 此前同类标段中的相同比例，不论其报价受何因素影响。

    """
    apart = (relative_distance_null >= min_share) & (relative_distance > 0)
    return apart & (relative_distance_place <= max_place)


@lowest_apart.applies("at least four valid bids", "至少四个有效报价")
def enough_bids(n_valid: pl.Expr) -> pl.Expr:
    """The spread of two losing bids is hardly a spread."""
    return n_valid >= 4


@lowest_apart.applies("losing bids that differ", "其余报价不全相同")
def losers_differ(losers_sd: pl.Expr) -> pl.Expr:
    """Equal losing bids have no deviation; rule Q01 speaks of them."""
    return losers_sd > 0


@lowest_apart.chance
def by_chance(relative_distance_null: pl.Expr, relative_distance_place: pl.Expr) -> pl.Expr:
    """Share of competitive tenders, or of earlier ones, with as large a distance; the larger."""
    return pl.max_horizontal(1 - relative_distance_null, relative_distance_place)
