"""What the rules on even steps (Q02, Q03) share: how even steps must be, and when they say anything."""

import polars as pl

from detect.rule import Rule


def most_uneven(n_valid: pl.Expr, many: float, four: float) -> pl.Expr:
    """Largest spread of steps that is no accident: `many` for five bids and more, else `four`."""
    return pl.when(n_valid >= 5).then(many).otherwise(four)


def ask_for_steps(r: Rule) -> None:
    """Make a rule not applicable where even steps between sorted bids mean little, however many there are."""
    r.applies("bids that differ", "报价不全相同")(bids_differ)
    r.applies("five valid bids where the benchmark is a mean of bids", "均值法下至少五个有效报价")(
        enough_for_means
    )


def enough_bids(n_valid: pl.Expr) -> pl.Expr:
    """Two steps of three bids agree within 1 % in 1.1 % of honest lots."""
    return n_valid >= 4


def bids_differ(lowest_bid: pl.Expr, highest_bid: pl.Expr) -> pl.Expr:
    """Equal bids have no steps; rule Q01 speaks of them."""
    return highest_bid > lowest_bid


def enough_for_means(n_valid: pl.Expr, mechanism: pl.Expr) -> pl.Expr:
    """Bids that aim at one mean lie closer, so four of them say little."""
    return (n_valid >= 5) | (mechanism.cast(pl.String) != "mean_benchmark")
