"""How long bidders had."""

import polars as pl

from features.catalogue import Grain, feature


@feature(Grain.TENDER, zh="投标准备期", unit="days", domain="published_at and deadline_at known")
def bid_period_days(published_at: pl.Expr, deadline_at: pl.Expr) -> pl.Expr:
    """Days from publication to the bid deadline."""
    return (deadline_at - published_at).dt.total_seconds(fractional=True) / 86_400
