"""What a supervised learner is to the benchmark: fit on rows with labels, score other rows."""

from collections.abc import Callable, Sequence
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from models import learners
from records.discovery import discover

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Learner(Protocol):
    """A learner reads numeric columns of the frames that it is given, and no others than it names.

    `market` says which rows come from which market, for learners that weigh or compare markets; the rows
    to be scored carry it too, but never a label. A score is higher for what resembles the collusive rows;
    NaN abstains.
    """

    def fit(self, rows: pl.DataFrame, label: Bools, weight: Floats) -> Self:
        """Learn from labelled rows."""

    def score(self, rows: pl.DataFrame) -> Floats:
        """Score rows."""


LEARNERS: dict[str, Callable[[int], Learner]] = {}

_Made = Callable[[int], Learner]


def learner(name: str) -> Callable[[_Made], _Made]:
    """Register a factory that makes an unfitted learner from a seed.

    Raises:
        ValueError: the name is taken.

    """

    def register(made: _Made) -> _Made:
        if name in LEARNERS:
            raise ValueError(f"Learner {name} is registered twice.")
        LEARNERS[name] = made
        return made

    return register


def all_learners() -> dict[str, Callable[[int], Learner]]:
    """Every learner in `models.learners`, by name."""
    discover(learners)
    return dict(sorted(LEARNERS.items()))


def known(rows: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    """Those of the columns that exist and have two values or more."""
    return [n for n in columns if n in rows.columns and rows[n].drop_nulls().n_unique() > 1]


def matrix(rows: pl.DataFrame, columns: Sequence[str]) -> Floats:
    """Columns as floats, unknown NaN; a column that the rows lack is unknown."""
    have = [pl.col(n) if n in rows.columns else pl.lit(None).alias(n) for n in columns]
    return np.asarray(rows.select(e.cast(pl.Float64) for e in have).fill_null(float("nan")).to_numpy())


def balanced(label: Bools, weight: Floats) -> Floats:
    """Weights under which both classes weigh the same."""
    total = np.where(label, weight[label].sum(), weight[~label].sum())
    return np.asarray(weight / np.where(total > 0, total, 1) * weight.size / 2)
