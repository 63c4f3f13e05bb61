"""Q15: some of the bids lie much closer together than all of them."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain
from records.tables import Mechanism


@rule(
    "Q15",
    level=Level.INFO,
    grain=Grain.TENDER,
    weight=Weight.CONTEXT,
    point=Point.OPENING,
    law=("CN-LAW-32",),
    mechanisms=frozenset({Mechanism.LOWEST, Mechanism.SCORED, None}),
    version=2,
    nominal="max_share",
    needs=("one_scale",),
    en=Words(
        "Four bids close together",
        "Four of the {n_valid} bids deviate by {closest_four:.2%} only; by the {dispersion_tenders} earlier "
        "tenders of this market {closest_four_null:.2%} of competitive ones with as many bids have four so "
        "close.",
        "Dealers of one maker beside contractors of other sizes, or local firms with the same suppliers.",
    ),
    zh=Words(
        "部分报价高度接近",
        "{n_valid} 个有效报价中有四个的离散度仅 {closest_four:.2%}；据此前同类 {dispersion_tenders} 个标段，"
        "同等家数的竞争性标段中仅 {closest_four_null:.2%} 有四个如此接近。",
        "同一厂家的经销商与其他规模企业同场；当地企业使用相同的供应商。",
    ),
)
def close_subset(closest_four_null: pl.Expr, *, max_share: float = 0.01) -> pl.Expr:
    """Four bids of the tender lie closer to each other than any four of a competitive tender would.

    A group that agreed its prices among honest bidders hides in the deviation of all bids and shows in that
    of its own. The share compares with the closest four of as many independent bids, so that looking at
    every subset costs nothing: among ten bids some four are always close. How far bids usually lie apart is
    read off earlier tenders of the category, or of the market where none is on record, since single wild
    bids inflate the deviation of their tender. The screens of all subsets of three and four serve models
    (`subgroup_screens`, on demand).

    Example: log bids of a market deviate by 8 %. Of eight bids four lie between 100.0 and 100.4, a deviation
    of 0.2 %; fewer than one competitive tender of eight in a thousand has four so close.

    Limits:
        max_share: one competitive tender in a hundred; context only.
            | 百个竞争性标段中仅一个；仅作背景提示。
        max_tie_chance: on a coarse grid of prices many bids meet or neighbour each other.
            | 报价网格过粗时，报价相同或相邻属正常。

    """
    return closest_four_null <= max_share


@close_subset.applies("at least six valid bids", "至少六个有效报价")
def enough_bids(n_valid: pl.Expr) -> pl.Expr:
    """Four of five are nearly all."""
    return n_valid >= 6


@close_subset.applies("earlier tenders of its category to compare with", "此前有同类可比标段")
def known_market(dispersion_borrowed: pl.Expr) -> pl.Expr:
    """The market is no measure of a category that buys from a price list."""
    return ~dispersion_borrowed


@close_subset.applies("bids that differ", "报价不全相同")
def bids_differ(lowest_bid: pl.Expr, highest_bid: pl.Expr) -> pl.Expr:
    """Rule Q01 speaks of equal bids."""
    return highest_bid > lowest_bid


@close_subset.applies(
    "prices on a fine grid (chance of equal bids at most {max_tie_chance:g})",
    "报价网格足够细（偶然相同概率不超过 {max_tie_chance:g}）",
)
def fine_prices(tie_chance: pl.Expr, *, max_tie_chance: float = 0.05) -> pl.Expr:
    """The null is one of continuous prices."""
    return tie_chance <= max_tie_chance


@close_subset.chance
def by_chance(closest_four_null: pl.Expr) -> pl.Expr:
    """Share of competitive tenders with four as close."""
    return closest_four_null
