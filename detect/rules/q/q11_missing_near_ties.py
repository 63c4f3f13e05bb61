"""Q11: in a whole market hardly any bid wins or loses by a hair."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q11",
    level=Level.INFO,
    grain=Grain.MARKET,
    weight=Weight.CONTEXT,
    point=Point.HISTORY,
    law=("CN-LAW-32",),
    nominal="max_p",
    en=Words(
        "Near ties are missing",
        "Of {market_bids} bids in {market_tenders} tenders, {near_ties} lie within 0.5 % of the ceiling of "
        "the lowest rival bid and {near_neighbours} in the next 0.5 % (chance {near_tie_p:.1g} where "
        "margins are smooth).",
        "Prices on a coarse grid, several kinds of works pooled, or bidders who lawfully see each other's "
        "bids.",
    ),
    zh=Words(
        "近似平局缺失",
        "{market_tenders} 个标段的 {market_bids} 个报价中，与最低竞争报价相差不足限价 0.5% 的有 {near_ties} "
        "个，相差 0.5% 至 1% 的有 {near_neighbours} 个（差距平滑分布时的偶然概率 {near_tie_p:.1g}）。",
        "报价取整、网格过粗；不同类型工程混合统计；依规可见彼此报价的竞价方式。",
    ),
)
def missing_near_ties(
    near_tie_p: pl.Expr,
    near_ties: pl.Expr,
    near_neighbours: pl.Expr,
    market_tenders: pl.Expr,
    market_bids: pl.Expr,
    *,
    max_p: float = 0.01,
) -> pl.Expr:
    """Bids of a market avoid lying just beside the lowest rival bid.

    Where bidders do not know each other's prices, margins of victory and defeat are spread smoothly round
    zero (Chassang and others 2022). Where the winner is agreed the others stay clear of its price. The
    finding is about a category and region, names no firm and says nothing about a single tender.

    Example: of 2,400 bids 61 lie within half a percent of the ceiling of the lowest rival bid and 142 in the
    next half percent. Of 999 resamples of whole tenders none shows so large a lack: p = 0.001.

    Limits:
        max_p: one smooth market in a hundred.
            | 百个平滑市场中仅一个。
        max_coarse: where prices lie on a grid with fewer than twenty steps in the window, near ties are rare
            without any reason of interest; one tender in twenty may.
            | 统计窗口内不足二十格的报价网格会使近似平局自然偏少，此类标段至多容许二十分之一。

    """
    counted = (market_tenders > 0) & (market_bids > 0)
    return (near_tie_p <= max_p) & (near_ties < near_neighbours) & counted


@missing_near_ties.applies(
    "at most {max_coarse:.0%} of the tenders on a coarse grid of prices",
    "报价网格过粗的标段不超过 {max_coarse:.0%}",
)
def fine_prices(coarse_tenders_share: pl.Expr, *, max_coarse: float = 0.05) -> pl.Expr:
    """A grid leaves gaps of its own."""
    return coarse_tenders_share <= max_coarse


@missing_near_ties.chance
def by_chance(near_tie_p: pl.Expr) -> pl.Expr:
    """Chance of so large a lack."""
    return near_tie_p
