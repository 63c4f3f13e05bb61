"""How far the leading two digits of many prices of one party are from Benford's law (rules Q10c)."""

from functools import cache

import numpy as np
import polars as pl

from features.market.benford import FEWEST, SPAN, leading_counts, shares_by_law
from features.segments import Floats, Segments

DRAWS = 999
"""Draws of as many prices that follow the law, behind a p-value."""

COLUMNS = ("n_digit_prices", "benford_mad", "benford_p")


def leading_digits(prices: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """One row per key with 300 prices or more that span two orders of magnitude.

    Args:
        prices: `key` and `price`, one price per tender, since those of one tender are alike.
        key: the party.

    Returns: `key` and `COLUMNS`: the number of prices, the mean absolute deviation of the shares of their
        first two digits from the law, and the chance of as much among as many prices that follow it.

    """
    enough = prices.filter(pl.col("price") > 0, pl.len().over(key) >= FEWEST[2]).sort(key, "price")
    schema = pl.Schema(
        {key: pl.String, **dict(zip(COLUMNS, (pl.Int64, pl.Float64, pl.Float64), strict=True))}
    )
    return enough.select(key, "price").map_batches(lambda rows: _judged(rows, key, schema), schema=schema)


def _judged(rows: pl.DataFrame, key: str, schema: pl.Schema) -> pl.DataFrame:
    runs = rows[key].rle().struct.unnest()
    cut, price = Segments(runs["len"].to_numpy().astype(np.int64)), rows["price"].to_numpy()
    of = [_deviation(price[at : at + n]) for at, n in zip(cut.start, cut.n, strict=True)]
    named = zip(runs["value"], cut.n.tolist(), of, strict=True)
    known = [(name, n, *found) for name, n, found in named if found is not None]
    return pl.DataFrame(known, schema=schema, orient="row")


def _deviation(ascending: Floats) -> tuple[float, float] | None:
    """Mean absolute deviation and its chance; nothing where prices span too little for the law."""
    low, high = np.quantile(ascending, [0.01, 0.99])
    if high < SPAN * low:
        return None
    seen = leading_counts(ascending, 2) / ascending.size
    mad = float(np.abs(seen - shares_by_law(2)).mean())
    usual = _null(ascending.size)
    return mad, float((1 + (usual >= mad - 1e-12).sum()) / (DRAWS + 1))


@cache
def _null(n: int) -> Floats:
    """Deviations of n prices that follow the law."""
    law = shares_by_law(2)
    drawn = np.random.default_rng([2, n]).multinomial(n, law, size=DRAWS) / n
    return np.asarray(np.abs(drawn - law).mean(axis=1))
