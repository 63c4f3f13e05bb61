"""Q14: the two lowest bids are unusually close, or the lowest far below the second."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain
from records.tables import Mechanism


@rule(
    "Q14",
    level=Level.INFO,
    grain=Grain.TENDER,
    weight=Weight.CONTEXT,
    point=Point.OPENING,
    law=("CN-LAW-33", "CN-REG-51-5"),
    mechanisms=frozenset({Mechanism.LOWEST, Mechanism.SCORED, None}),
    version=2,
    nominal="max_place",
    needs=("one_scale",),
    en=Words(
        "Unusual gap below the second bid",
        "The second of {n_valid} bids lies {bid_gap_ratio:.2%} above the lowest; {bid_gap_ratio_null:.1%} "
        "of competitive tenders of this market with as many bids have a smaller gap, and "
        "{bid_gap_place:.1%} of earlier tenders of its kind one as unusual.",
        "Close: standard goods with known prices. Far: a bidder with idle capacity, or an error in the "
        "price.",
    ),
    zh=Words(
        "最低两价差距异常",
        "{n_valid} 个有效报价中，次低价高出最低价 {bid_gap_ratio:.2%}；本市场同等家数的竞争性标段中 "
        "{bid_gap_ratio_null:.1%} 差距更小，"
        "此前同类标段中 {bid_gap_place:.1%} 同样异常。",
        "过近：价格透明的标准化货物。过远：企业产能闲置，或报价有误。",
    ),
)
def unusual_gap(
    bid_gap_ratio_null: pl.Expr,
    bid_gap_place: pl.Expr,
    *,
    close: float = 0.01,
    far: float = 0.99,
    max_place: float = 0.02,
) -> pl.Expr:
    """The gap between the two lowest bids is among the smallest or the largest of tenders of its kind.

    The published indicators R024 and R058 set Tukey's fences round all gaps of a data set. The lower fence
    is mostly below zero, so R024 is silent, and many bids mean small gaps by themselves. Here the gap is
    placed among competitive tenders with as many bids of the same market; `bidlens ocds-indicators` gives
    the published figures, number by number.

    A ceiling presses the upper bids together, which makes the deviation of a market too small for its lower
    half: 2.3 % of honest tenders were far beyond the far end. The gap must therefore also be as unusual among
    earlier tenders of the same award method and category, with or without a bid at the ceiling.

    Example: with six bids and a usual deviation of 5 % the second bid lies 3 % above the lowest on average. A
    gap of 0.02 % is smaller than in 99 % of such tenders, one of 14 % larger than in 99 %.

    Limits:
        close: one competitive tender in a hundred has so small a gap.
            | 百个竞争性标段中仅一个差距如此小。
        far: one in a hundred has so large a gap.
            | 百个竞争性标段中仅一个差距如此大。
        max_place: both ends together among earlier tenders of its kind.
            | 此前同类标段中两端合计的比例。
        max_tie_chance: prices on a coarse grid have small gaps or none.
            | 报价网格过粗时，差距小或为零属正常。

    """
    unusual = (bid_gap_ratio_null <= close) | (bid_gap_ratio_null >= far)
    return unusual & (bid_gap_place <= max_place)


@unusual_gap.applies("at least two valid bids", "至少两个有效报价")
def enough_bids(n_valid: pl.Expr) -> pl.Expr:
    """One bid has no gap."""
    return n_valid >= 2


@unusual_gap.applies("two lowest bids that differ", "最低两价不同")
def gap_is_there(bid_gap_ratio: pl.Expr) -> pl.Expr:
    """Rule Q01 speaks of equal bids."""
    return bid_gap_ratio > 0


@unusual_gap.applies(
    "prices on a fine grid (chance of equal bids at most {max_tie_chance:g})",
    "报价网格足够细（偶然相同概率不超过 {max_tie_chance:g}）",
)
def fine_prices(tie_chance: pl.Expr, *, max_tie_chance: float = 0.05) -> pl.Expr:
    """The null is one of continuous prices."""
    return tie_chance <= max_tie_chance


@unusual_gap.chance
def by_chance(bid_gap_ratio_null: pl.Expr, bid_gap_place: pl.Expr) -> pl.Expr:
    """Chance of a gap as far from the middle, on either side; the larger of the two."""
    chance = 2 * pl.min_horizontal(bid_gap_ratio_null, 1 - bid_gap_ratio_null)
    return pl.max_horizontal(chance, bid_gap_place)
