"""Division that is null, not infinite, where it has no meaning."""

import polars as pl


def ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """`part / whole` as a float where `whole` is positive, null elsewhere.

    >>> pl.DataFrame({"a": [1, 1], "b": [2, 0]}).select(ratio(pl.col("a"), pl.col("b"))).to_series().to_list()
    [0.5, None]
    """
    divisor = whole.cast(pl.Float64)
    return pl.when(divisor > 0).then(part.cast(pl.Float64) / divisor)
