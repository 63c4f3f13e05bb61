"""Columns on the scale of their own market: demeaned, z-score or rank.

Screens of two markets compare only on a common scale (Huber, Imhof and Ishii 2022; within-market z-scores
lifted the mean ROC-AUC on an unseen market of García Rodríguez et al. from .53 to .65). Nothing but the rows
passed to `fit` is learned from, no label among them. Scaling a market by its own rows is transductive: it
reads the unlabelled market that is to be judged, and a result must say so (`Normaliser.note`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from features.segments import Floats

WHOLE = "whole market"
"""Name of the stratum that takes every row which has no narrower one."""

FEWEST = 30
"""Rows that a stratum needs to have a scale of its own."""

GRID = 10_000
"""Points that are kept of a distribution for ranks; beyond so many rows a rank is exact to 1e-4."""


class Scale(StrEnum):
    """How a column is expressed."""

    RAW = "raw"
    DEMEANED = "demeaned"
    Z_SCORE = "z_score"
    RANK = "rank"


@dataclass(frozen=True)
class Reference:
    """One column over the rows of one stratum: known values, mean, sample deviation, sorted values."""

    n: int
    mean: float
    deviation: float
    grid: Floats

    def express(self, x: Floats, scale: Scale) -> Floats:
        """Values on a scale; NaN stays NaN, and so does what a constant reference cannot place.

        Against a constant the z-score of the constant itself is 0; any other value has none.
        """
        if scale == Scale.RAW:
            return x
        if self.n == 0:
            return np.full(x.size, np.nan)
        if scale == Scale.RANK:
            return np.where(np.isnan(x), np.nan, self._rank(x))
        off = x - self.mean
        if scale == Scale.DEMEANED:
            return np.asarray(off)
        at_centre = np.where(off == 0, 0.0, np.nan)
        return np.asarray(off / self.deviation) if self.deviation > 0 else at_centre

    def _rank(self, x: Floats) -> Floats:
        """Mean place among the sorted values over their number, in (0, 1]; ties share one."""
        below, upto = np.searchsorted(self.grid, x, "left"), np.searchsorted(self.grid, x, "right")
        return np.minimum((below + upto + 1) / 2 / self.grid.size, 1.0)


@dataclass(frozen=True)
class Normaliser:
    """Scales learned by `fit`: per stratum and column a `Reference`.

    `strata` are expressions that name a row's stratum, from the narrowest to the widest; a row takes the
    first one that was learned, in the end the whole market.
    """

    scale: Scale
    columns: tuple[str, ...]
    strata: tuple[pl.Expr, ...]
    references: Mapping[str, Mapping[str, Reference]]
    fitted_on: int

    @property
    def note(self) -> str:
        """What must be said beside any result that rests on these scales."""
        if self.scale == Scale.RAW:
            return "Raw values: nothing was learned."
        return (
            f"Scales ({self.scale}) learned from {self.fitted_on} unlabelled rows in "
            f"{len(self.references)} strata; transductive where they include the rows that are judged."
        )

    def stratum(self, frame: pl.DataFrame) -> pl.Series:
        """The stratum whose scale each row gets: where it fell back, a wider one or `WHOLE`."""
        known = [pl.when(name.is_in(list(self.references))).then(name) for name in self.strata]
        return frame.with_columns(pl.coalesce(*known, pl.lit(WHOLE)).alias("normalised_in"))["normalised_in"]

    def transform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with `columns` on their scale, and `normalised_in`, the stratum that was used.

        Null, NaN and infinite values become null.

        Raises:
            ValueError: a column is missing.

        """
        _need(frame, self.columns)
        stratum = self.stratum(frame)
        found = {name: np.full(frame.height, np.nan) for name in self.columns}
        for name in stratum.unique():
            rows = np.flatnonzero((stratum == name).to_numpy())
            part = frame[rows]
            for column in self.columns:
                found[column][rows] = self.references[name][column].express(_floats(part, column), self.scale)
        made = (pl.Series(name, values, nan_to_null=True) for name, values in found.items())
        return frame.with_columns(*made, stratum)


def fit(
    frame: pl.DataFrame,
    columns: Sequence[str],
    scale: Scale = Scale.Z_SCORE,
    *,
    strata: Sequence[pl.Expr] = (),
    fewest: int = FEWEST,
) -> Normaliser:
    """Learn scales from exactly these rows; their order does not matter.

    `strata` name groups of rows that have a scale of their own from `fewest` rows on, for example
    `models.strata.levels()`: award mechanism and number of bids.

    Raises:
        ValueError: a column is missing, or there is no row.

    >>> market = pl.DataFrame({"bid_cv": [0.25, 0.5, 0.75, None]})
    >>> fit(market, ["bid_cv"]).transform(market)["bid_cv"].round(6).to_list()
    [-1.0, 0.0, 1.0, None]
    >>> fit(market, ["bid_cv"], Scale.RANK).transform(market)["bid_cv"].round(2).to_list()
    [0.33, 0.67, 1.0, None]
    """
    _need(frame, columns)
    if frame.is_empty():
        raise ValueError("Scales cannot be learned from no rows; pass the market's tenders to fit.")
    references = {WHOLE: _references(frame, columns)}
    for level in strata:
        for part in frame.with_columns(level.alias("_stratum")).partition_by("_stratum"):
            name = part.item(0, "_stratum")
            if name is not None and part.height >= fewest and name not in references:
                references[name] = _references(part, columns)
    return Normaliser(scale, tuple(columns), tuple(strata), references, frame.height)


def _references(rows: pl.DataFrame, columns: Sequence[str]) -> dict[str, Reference]:
    return {column: _reference(np.sort(_floats(rows, column))) for column in columns}


def _reference(ascending: Floats) -> Reference:
    """From sorted values, NaN last; a sum over sorted values does not depend on the rows' order."""
    x = ascending[: ascending.size - int(np.isnan(ascending).sum())]
    if x.size == 0:
        return Reference(0, float("nan"), 0.0, x)
    constant = x[0] == x[-1]
    mean = float(x[0] if constant else x.mean())
    deviation = 0.0 if constant else float(x.std(ddof=1))
    kept = x if x.size <= GRID else x[np.linspace(0, x.size - 1, GRID).round().astype(np.int64)]
    return Reference(x.size, mean, deviation, kept)


def _floats(frame: pl.DataFrame, column: str) -> Floats:
    x = frame[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(x), x, np.nan)


def _need(frame: pl.DataFrame, columns: Sequence[str]) -> None:
    if missing := [name for name in columns if name not in frame.columns]:
        raise ValueError(f"The frame has no columns {missing}; it has {frame.columns}.")
