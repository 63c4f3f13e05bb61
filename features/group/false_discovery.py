"""The tests of groups as false discovery rates among all groups of the market, test by test."""

import polars as pl

from features.catalogue import Grain, feature
from features.false_discovery import false_discovery_rate

_BH = "Benjamini and Hochberg 1995"


FEWEST_ELSEWHERE = 3
"""Tenders without other members below which the top winner has no record to compare with (rules O03)."""


@feature(
    Grain.GROUP,
    zh="组内固定中标的错误发现率",
    unit="share",
    domain=f"top_bids_elsewhere >= {FEWEST_ELSEWHERE}",
    source=_BH,
)
def top_winner_q(top_winner_p: pl.Expr, top_bids_elsewhere: pl.Expr) -> pl.Expr:
    """False discovery rate at which the top winner stands out, among groups whose winner bids elsewhere."""
    return false_discovery_rate(pl.when(top_bids_elsewhere >= FEWEST_ELSEWHERE).then(top_winner_p))


@feature(Grain.GROUP, zh="按次序轮流中标的错误发现率", unit="share", domain="as turn_p", source=_BH)
def turn_q(turn_p: pl.Expr) -> pl.Expr:
    """False discovery rate at which the group's turns stand out among all groups."""
    return false_discovery_rate(turn_p)


@feature(Grain.GROUP, zh="按地域分配的错误发现率", unit="share", domain="as region_allocation_p", source=_BH)
def region_allocation_q(region_allocation_p: pl.Expr) -> pl.Expr:
    """False discovery rate at which the group's division of regions stands out among all groups."""
    return false_discovery_rate(region_allocation_p)


@feature(Grain.GROUP, zh="按招标人分配的错误发现率", unit="share", domain="as buyer_allocation_p", source=_BH)
def buyer_allocation_q(buyer_allocation_p: pl.Expr) -> pl.Expr:
    """False discovery rate at which the group's division of buyers stands out among all groups."""
    return false_discovery_rate(buyer_allocation_p)


@feature(
    Grain.GROUP, zh="按品类分配的错误发现率", unit="share", domain="as category_allocation_p", source=_BH
)
def category_allocation_q(category_allocation_p: pl.Expr) -> pl.Expr:
    """False discovery rate at which the group's division of categories stands out among all groups."""
    return false_discovery_rate(category_allocation_p)
