"""The tests of firms as false discovery rates among all firms of the market."""

import polars as pl

from features.catalogue import Grain, feature
from features.false_discovery import false_discovery_rate

FEWEST_STATUSES = 8
"""Bids with a known fate below which a rate of failed bids is not compared (rules O09)."""


@feature(
    Grain.BIDDER,
    zh="否决及撤回过多的错误发现率",
    unit="share",
    domain=f"n_status_known >= {FEWEST_STATUSES}",
    source="Benjamini and Hochberg 1995; rules O09",
)
def failed_q(failed_p: pl.Expr, n_status_known: pl.Expr) -> pl.Expr:
    """False discovery rate at which the firm's failed bids stand out among firms with as long a record."""
    return false_discovery_rate(pl.when(n_status_known >= FEWEST_STATUSES).then(failed_p))
