"""The share of false findings among the findings of many tests (Benjamini and Hochberg 1995)."""

import numpy as np
import polars as pl

from features.segments import Floats


def adjusted(p: Floats, tests: int | None = None) -> Floats:
    """Benjamini-Hochberg q-values: the lowest false discovery rate at which each test is a finding.

    NaN stands for a test that was not made: it stays NaN and does not count. `tests` is the number of tests
    made where that is more than the p-values at hand, as in a list of the most striking pairs; those not
    listed count with p = 1, which is never too bold. Valid for independent and for positively dependent
    tests (Benjamini and Yekutieli 2001).

    Raises:
        ValueError: a p-value outside 0..1, or fewer `tests` than p-values.

    >>> adjusted(np.array([0.01, np.nan, 0.04, 0.03])).tolist()
    [0.03, nan, 0.04, 0.04]
    >>> adjusted(np.array([0.01]), tests=50).tolist()
    [0.5]
    """
    made = np.flatnonzero(~np.isnan(p))
    if made.size and not (p[made].min() >= 0 and p[made].max() <= 1):
        raise ValueError(f"P-values lie within 0..1; these run from {p[made].min()} to {p[made].max()}.")
    if tests is not None and tests < made.size:
        raise ValueError(f"{made.size} p-values cannot come from {tests} tests; count all that were made.")
    order = made[np.argsort(p[made], kind="stable")]
    raised = p[order] * ((made.size if tests is None else tests) / np.arange(1, made.size + 1))
    q = np.full(p.shape, np.nan)
    q[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return q


def false_discovery_rate(p: pl.Expr, tests: pl.Expr | None = None) -> pl.Expr:
    """The same for a whole column; null stays null. `tests`, a number, is the same in every row.

    >>> pl.DataFrame({"p": [0.02, None, 0.01]}).select(false_discovery_rate(pl.col("p")))["p"].to_list()
    [0.02, None, 0.02]
    """
    if tests is None:
        return p.map_batches(_adjusted, return_dtype=pl.Float64)
    both = pl.struct(p.alias("p"), tests.alias("tests"))
    return both.map_batches(_adjusted_among, return_dtype=pl.Float64).alias(p.meta.output_name())


def _adjusted(p: pl.Series, tests: int | None = None) -> pl.Series:
    q = adjusted(p.cast(pl.Float64).fill_null(np.nan).to_numpy().astype(np.float64), tests)
    return pl.Series(p.name, q).fill_nan(None)


def _adjusted_among(both: pl.Series) -> pl.Series:
    tests = both.struct.field("tests").cast(pl.Int64).to_numpy()
    return _adjusted(both.struct.field("p"), int(tests.max()) if tests.size else None)
