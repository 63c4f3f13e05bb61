"""What has changed since the market that a model learned from: columns, rule rates, scores, month by month.

Each month is compared with the year before it by the population stability index over ten bins of the
reference, half a tender added to every bin. An index by itself is large in a month of few tenders, so the
same bins also give Pearson's test of equal shares, and the false-discovery rate over everything compared is
held. A share is compared in the same way over two bins, with the exact test of Fisher.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import polars as pl
from scipy.special import chdtrc

from features.false_discovery import adjusted
from models.scorer import HIT
from models.strata import Array

BINS = 10
MONTHS = 12
"""Months before a month that it is compared with."""
FEWEST = 30
"""Tenders with a value that a month and its reference need."""
MOVED = 0.1
"""Index below which a change is small, however certain; 0.25 is usually called large."""
FDR = 0.01

DRIFT = pl.Schema(
    {
        "column": pl.String(),
        "month": pl.Date(),
        "n": pl.Int64(),
        "reference_n": pl.Int64(),
        "median": pl.Float64(),
        "reference_median": pl.Float64(),
        "psi": pl.Float64(),
        "ks": pl.Float64(),
        "p_value": pl.Float64(),
        "q_value": pl.Float64(),
        "moved": pl.Boolean(),
    }
)


def drift(frame: pl.DataFrame, columns: Sequence[str], *, months: int = MONTHS) -> pl.DataFrame:
    """One row per column and month with enough tenders (see `DRIFT`), the most moved first.

    Args:
        frame: `deadline_at` and the columns; booleans are compared as shares. Null values are left out, and
            `<column> is known` is compared as a share of its own where it is neither always nor never known.
        columns: what to compare.
        months: how many months before a month are its reference.

    `ks` is the largest distance between the two distributions; `median` is the share for booleans.

    """
    dated = frame.filter(pl.col("deadline_at").is_not_null()).with_columns(
        pl.col("deadline_at").dt.truncate("1mo").dt.date().alias("_month")
    )
    known = {c: pl.col(c).is_not_null() for c in columns}
    partly = [c for c in columns if 0 < dated[c].null_count() < dated.height]
    wide = dated.with_columns(known[c].alias(f"{c} is known") for c in partly)
    rows = [r for c in (*columns, *(f"{c} is known" for c in partly)) for r in _of(wide, c, months)]
    found = pl.DataFrame(rows, schema=[c for c in DRIFT if c not in {"q_value", "moved"}], orient="row")
    q = adjusted(found["p_value"].cast(pl.Float64).to_numpy())
    told = found.with_columns(pl.Series("q_value", q, pl.Float64)).with_columns(
        ((pl.col("psi") >= MOVED) & (pl.col("q_value") <= FDR)).alias("moved")
    )
    return told.cast(DRIFT).sort("moved", "month", "psi", "column", descending=[True, True, True, False])


def hit_columns(hits: pl.DataFrame, tenders: pl.DataFrame, rules: Sequence[str] = ()) -> pl.DataFrame:
    """Tenders with a boolean column `hit <rule>` for every rule that hit any of them, and for `rules`.

    >>> hits = pl.DataFrame({"tender_id": ["T2", "T2"], "rule_id": ["E01", "E01"]})
    >>> hit_columns(hits, pl.DataFrame({"tender_id": ["T1", "T2"]}), ["B01"]).rows()
    [('T1', False, False), ('T2', True, False)]
    """
    wide = hits.select("tender_id", pl.format(HIT + "{}", "rule_id").alias("rule"), hit=True).unique()
    spread = wide.pivot("rule", index="tender_id", values="hit", sort_columns=True)
    found = [c for c in spread.columns if c != "tender_id"]
    silent = [f"{HIT}{rule}" for rule in rules if f"{HIT}{rule}" not in found]
    return tenders.join(spread, on="tender_id", how="left", maintain_order="left").with_columns(
        *(pl.col(c).fill_null(False) for c in found), *(pl.lit(False).alias(c) for c in silent)
    )


def _of(frame: pl.DataFrame, column: str, months: int) -> Iterator[tuple[object, ...]]:
    known = frame.select("_month", pl.col(column).cast(pl.Float64).alias("x")).filter(pl.col("x").is_finite())
    share = frame[column].dtype == pl.Boolean
    values = {m: part["x"].to_numpy() for (m,), part in known.sort("_month", "x").group_by("_month")}
    for month, x in sorted(values.items()):
        before = [v for m, v in values.items() if 0 < _apart(m, month) <= months]
        reference = np.concatenate(before) if before else np.zeros(0)
        if min(x.size, reference.size) < FEWEST:
            continue
        centre = (x.mean(), reference.mean()) if share else (np.median(x), np.median(reference))
        psi, p = index(reference, x)
        yield column, month, x.size, reference.size, *map(float, centre), psi, _ks(reference, x), p


def index(reference: Array, x: Array) -> tuple[float, float]:
    """Population stability index of `x` against `reference`, and its p-value if nothing changed.

    >>> rng = np.random.default_rng(0)
    >>> calm, moved = index(rng.random(2000), rng.random(500)), index(rng.random(2000), rng.random(500) + 0.5)
    >>> calm[0] < 0.1 < 0.25 < moved[0], moved[1] < 1e-6
    (True, True)
    """
    distinct = np.unique(np.concatenate([reference, x]))
    tenths = np.quantile(reference, np.arange(1, BINS) / BINS)
    cuts = distinct[:-1] if distinct.size <= BINS else np.unique(tenths)
    before, now = _counts(reference, cuts), _counts(x, cuts)
    both = before + now
    before, now, both = before[both > 0], now[both > 0], both[both > 0]
    a, b = ((c + 0.5) / (c.sum() + 0.5 * c.size) for c in (before, now))
    psi = float(np.sum((b - a) * np.log(b / a)))
    if both.size < 2:
        return psi, 1.0
    if both.size == 2:
        from scipy.stats import fisher_exact  # it takes a second to load

        return psi, float(fisher_exact(np.array([before, now]).astype(np.int64)).pvalue)
    share = both / both.sum()
    off = sum(float(np.sum((c - c.sum() * share) ** 2 / (c.sum() * share))) for c in (before, now))
    return psi, float(chdtrc(both.size - 1, off))


def _counts(x: Array, cuts: Array) -> Array:
    """Values in each bin; a cut belongs to the bin below it, so that ties stay together."""
    return np.bincount(np.searchsorted(cuts, x, "left"), minlength=cuts.size + 1).astype(np.float64)


def _ks(a: Array, b: Array) -> float:
    both = np.concatenate([a, b])
    left = np.searchsorted(np.sort(a), both, "right") / a.size
    right = np.searchsorted(np.sort(b), both, "right") / b.size
    return float(np.abs(left - right).max())


def _apart(a: date, b: date) -> int:
    return 12 * (b.year - a.year) + b.month - a.month
