"""What is usual, and among which tenders: reference distributions by award mechanism and bid count.

A screen means one thing under lowest price and another under a mean benchmark, and its spread
depends on the number of bids, so a tender is compared with its like. Where the like are few the
comparison widens step by step, and the stratum's name says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[np.float64]

MIN_STRATUM = 200
"""Tenders below which a stratum is too thin for a tail of 1 % and gives way to a wider one."""
MIN_MARKET = 50
"""Tenders below which nothing can be called usual."""
SAMPLE = 20_000
"""Rows of a stratum that are learned from, evenly drawn from its sorted rows."""
GRID = 2_000
"""Points that are kept of each distribution."""
MIN_KNOWN = 0.8
"""Share of a stratum's tenders that must have a screen before the stratum uses it."""
MIN_DISTINCT = 10
"""Distinct values that a screen must take in a stratum before the stratum uses it."""
SAME = 0.999
"""Rank correlation from which two screens of a stratum count as one."""

FINE = ((2, "2"), (3, "3"), (6, "4-6"), (9, "7-9"), (15, "10-15"))
COARSE = ((2, "2"), (3, "3"))
BUSY = ((2, "1-2"), (4, "3-4"), (9, "5-9"), (29, "10-29"))


def levels() -> tuple[pl.Expr, ...]:
    """Names of a tender's strata from the narrowest to the widest; reads `mechanism`, `n_valid`.

    >>> tender = pl.DataFrame({"mechanism": ["lowest"], "n_valid": [5]})
    >>> tender.select(pl.concat_list(levels())).item().to_list()
    ['lowest · 4-6 bids', 'lowest · 4+ bids', 'any mechanism · 4+ bids', 'whole market']
    """
    mechanism = pl.col("mechanism").cast(pl.String).fill_null("unknown mechanism")
    return (
        pl.format("{} · {} bids", mechanism, _bucket("n_valid", FINE, "16+")),
        pl.format("{} · {} bids", mechanism, _bucket("n_valid", COARSE, "4+")),
        pl.format("any mechanism · {} bids", _bucket("n_valid", COARSE, "4+")),
        pl.lit("whole market"),
    )


def levels_by_tenders(column: str) -> tuple[pl.Expr, ...]:
    """Strata of firms or sets of firms, by how many tenders speak of them: the busy meet more of everything.

    >>> pl.DataFrame({"n": [3, 40]}).select(pl.concat_list(levels_by_tenders("n"))).to_series().to_list()
    [['3-4 tenders', 'whole market'], ['30+ tenders', 'whole market']]
    """
    return pl.format("{} tenders", _bucket(column, BUSY, "30+")), pl.lit("whole market")


def _bucket(column: str, limits: Sequence[tuple[int, str]], beyond: str) -> pl.Expr:
    named = pl.lit(beyond)
    for limit, name in reversed(limits):
        named = pl.when(pl.col(column) <= limit).then(pl.lit(name)).otherwise(named)
    return named


@dataclass(frozen=True)
class Stratum:
    """Tenders that are compared with each other.

    `columns` are the screens that are defined and distinct here, `grids` their sorted values, and
    `rarity` the sorted raw scores of the stratum's own tenders, which turn a raw score into a
    percentile.
    """

    name: str
    n: int
    columns: tuple[str, ...]
    grids: tuple[Array, ...]
    rarity: Array

    @property
    def key(self) -> str:
        """The set of columns, as text; strata of one key may share an estimator."""
        return ",".join(self.columns)

    def ranks(self, rows: pl.DataFrame) -> Array:
        """Position of every value within the stratum, in (0, 1), one column per screen.

        An unknown value sits in the middle: it makes nothing unusual.
        """
        return np.column_stack(
            [_rank(_floats(rows, c), g) for c, g in zip(self.columns, self.grids, strict=True)]
        )

    def percentile(self, rarity: Array) -> Array:
        """Share of the stratum's tenders that are less rare, ties counted half."""
        return _rank(rarity, self.rarity)

    def typical(self) -> Array:
        """The 10th and 90th percentile of every screen, shape (2, columns)."""
        return np.column_stack([np.quantile(g, (0.1, 0.9)) for g in self.grids])

    def state(self) -> dict[str, Any]:
        """The stratum as plain values and arrays."""
        return {
            "name": self.name,
            "n": self.n,
            "columns": list(self.columns),
            "grids": list(self.grids),
            "rarity": self.rarity,
        }

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> "Stratum":
        """Undo `state`."""
        columns, grids = tuple(state["columns"]), tuple(state["grids"])
        return cls(state["name"], state["n"], columns, grids, state["rarity"])


def partition(
    frame: pl.DataFrame,
    screens: Sequence[str],
    context: Sequence[str] = ("mechanism", "n_valid"),
    strata: Sequence[pl.Expr] | None = None,
) -> Iterator[tuple[Stratum, pl.DataFrame]]:
    """Every stratum that a market supports, not yet calibrated, with the rows to learn from.

    `strata` are names from the narrowest to the widest (those of tenders unless told otherwise) and read the
    columns of `context`. The rows are sorted by value first, so neither their order nor their ids matter.
    """
    rows = frame.select(*context, *screens).sort(pl.all())
    seen: set[str] = set()
    *narrow, market = levels() if strata is None else strata
    for level, least in (*((x, MIN_STRATUM) for x in narrow), (market, MIN_MARKET)):
        for part in rows.with_columns(level.alias("stratum")).partition_by("stratum", maintain_order=True):
            name = part.item(0, "stratum")
            if part.height >= least and name not in seen:
                seen.add(name)
                sample = part.gather_every(-(-part.height // SAMPLE))
                stratum = _stratum(name, part.height, sample, screens)
                if stratum.columns:
                    yield stratum, sample


def assign(frame: pl.DataFrame, names: Sequence[str], strata: Sequence[pl.Expr] | None = None) -> pl.Series:
    """The narrowest known stratum of every row, null where there is none."""
    if not names:
        return pl.Series("stratum", [None] * frame.height, pl.String)
    known = [pl.when(level.is_in(list(names))).then(level) for level in strata or levels()]
    return frame.select(pl.coalesce(known).alias("stratum")).to_series()


def _stratum(name: str, n: int, sample: pl.DataFrame, screens: Sequence[str]) -> Stratum:
    columns: list[str] = []
    grids: list[Array] = []
    ranks: list[Array] = []
    for screen in screens:
        values = _floats(sample, screen)
        known = np.sort(values[~np.isnan(values)])
        if known.size < MIN_KNOWN * values.size or np.unique(known).size < MIN_DISTINCT:
            continue
        rank = _rank(values, known)
        if all(abs(np.corrcoef(rank, other)[0, 1]) < SAME for other in ranks):
            columns.append(screen)
            grids.append(_thin(known))
            ranks.append(rank)
    return Stratum(name, n, tuple(columns), tuple(grids), np.zeros(0))


def tail(ranks: Array) -> Array:
    """How far out in either tail: -log(2 min(u, 1-u)), 0 in the middle, 1 on average.

    >>> tail(np.array([0.5, 0.01, 0.99])).round(2).tolist()
    [0.0, 3.91, 3.91]
    """
    out: Array = np.maximum(-np.log(2 * np.minimum(ranks, 1 - ranks)), 0.0)
    return out


def thin_sorted(values: Array) -> Array:
    """Sort values and keep at most `GRID` of them, evenly spaced by rank."""
    return _thin(np.sort(values))


def _thin(ordered: Array) -> Array:
    if ordered.size <= GRID:
        return ordered
    return ordered[np.linspace(0, ordered.size - 1, GRID).round().astype(np.int64)]


def _rank(values: Array, grid: Array) -> Array:
    """Mid-rank of values in a sorted grid, kept off 0 and 1; the middle for unknown values."""
    below, upto = np.searchsorted(grid, values, "left"), np.searchsorted(grid, values, "right")
    half = 0.5 / grid.size
    rank: Array = np.clip((below + upto) * half, half, 1 - half)
    return np.where(np.isnan(values), 0.5, rank)


def _floats(rows: pl.DataFrame, column: str) -> Array:
    values = rows.get_column(column).cast(pl.Float64)
    finite = values.to_frame().select(pl.when(pl.first().is_finite()).then(pl.first())).to_series()
    return finite.fill_null(float("nan")).to_numpy()
