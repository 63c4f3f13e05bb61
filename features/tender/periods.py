"""How long bidders had."""

import polars as pl

from features.catalogue import Grain, feature


@feature(Grain.TENDER, zh="投标准备期", unit="days", domain="published_at and deadline_at known")
def bid_period_days(published_at: pl.Expr, deadline_at: pl.Expr) -> pl.Expr:
    """Days from publication to the bid deadline."""
    return (deadline_at - published_at).dt.total_seconds(fractional=True) / 86_400


@feature(
    Grain.TENDER, zh="投标准备期（自然日）", unit="days", domain="published_at and deadline_at known",
    source="招标投标法 24; days are counted by the calendar of China Standard Time",
)  # fmt: skip
def bid_calendar_days(published_at: pl.Expr, deadline_at: pl.Expr) -> pl.Expr:
    """Calendar days from publication to the bid deadline, the day of publication not counted."""
    first, last = (t.dt.convert_time_zone("Asia/Shanghai").dt.date() for t in (published_at, deadline_at))
    return (last - first).dt.total_days()
