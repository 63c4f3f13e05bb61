"""How much a row of any grain looks like those that reviewers and courts found collusive.

What the classifiers of tenders, bids and bidders share: columns as ranks within strata, boosting that knows
that unreviewed is not clean (`models.boosting`), a probability at the user's base rate, a verdict that may
abstain, and reasons.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
import polars as pl

from features.catalogue import KEYS, Grain
from features.normalise import Normaliser, Reference, Scale
from features.normalise import fit as fit_scales
from models.boosting import Boosted, TooFewLabelsError, learn
from models.labels import LABEL, UNIT, WEIGHT, base_rate
from models.reasons import largest
from models.scorer import NO_IDENTITY, SCORES, require
from models.strata import Array, levels

BASE_RATE = 0.05
"""Share of collusive rows that is assumed until an audit tells."""
MOST_UNREVIEWED = 20_000
GRID = 1_000
EXPLAINED_FROM = 0.99
"""Percentile from which `score` gives reasons."""


class Likeness:
    """A scorer that learns from decisions; a subclass names its grain and evidence.

    `evidence` are ranked within `strata()`, `size` is the count that strata are made of and an input of its
    own, `unscorable()` says why a row cannot be judged, null where it can.
    """

    name: str
    title_en: str
    title_zh: str
    grain: Grain
    evidence: tuple[str, ...]
    inputs: tuple[str, ...]
    blocks: tuple[str, ...] = ()
    labelled = True
    reads_hits = False
    counts = True
    must_not_see = f"{NO_IDENTITY}, outcomes, hits of rules; labels in `fit` only"
    size = "n_valid"

    def __init__(self) -> None:
        self.base_rate = BASE_RATE
        self.boosted: Boosted | None = None
        self.scales: Normaliser | None = None
        self.grid: Array = np.zeros(0)

    @staticmethod
    def strata() -> tuple[pl.Expr, ...]:
        """Names of a row's strata, from the narrowest to the widest."""
        return levels()

    @staticmethod
    def unscorable() -> pl.Expr:
        """Why a row cannot be judged, null where it can."""
        return pl.when(pl.col("n_valid").fill_null(0) < 2).then(pl.lit("fewer_than_two_bids"))

    def fit(self, frame: pl.DataFrame) -> Self:
        """Learn from rows that can be judged and the columns of `models.labels.labelled`.

        Without labels, or with too few, nothing is learned and nothing will be scored.

        Raises:
            ValueError: the frame lacks an input.

        """
        require(frame, self.inputs, self.name)
        found = base_rate(frame) if LABEL in frame.columns else None
        self.base_rate = BASE_RATE if found is None else found
        rows = self.seen(frame).filter(self.unscorable().is_null())
        if LABEL not in rows.columns or rows[LABEL].is_null().all():
            return self
        known, rest = rows.filter(pl.col(LABEL).is_not_null()), rows.filter(pl.col(LABEL).is_null())
        self.scales = _thinned(fit_scales(rows, self.evidence, Scale.RANK, strata=self.strata()))
        seen = pl.concat([known, rest.sample(min(rest.height, MOST_UNREVIEWED), seed=0)])
        inputs = self._inputs(seen)
        try:
            self.boosted = learn(
                inputs,
                seen[LABEL].fill_null(False).to_numpy(),
                seen[WEIGHT].fill_null(0.0).to_numpy(),
                seen[UNIT].fill_null(-1).to_numpy(),
                seen[LABEL].is_not_null().to_numpy(),
                monotone=[0] * len(self.evidence) + [1] * len(self.extras) + [0],
            )
        except TooFewLabelsError:
            return self
        margin = np.sort(self.boosted.margin(inputs[known.height :] if rest.height else inputs))
        self.grid = margin[np.linspace(0, margin.size - 1, min(GRID, margin.size)).round().astype(np.int64)]
        return self

    def score(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Percentile, probability and verdict of every row; reasons for the first one per cent."""
        return self._judge(frame, EXPLAINED_FROM)

    def explain(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same with reasons for every row."""
        return self._judge(frame, 0.0)

    def state(self) -> dict[str, Any]:
        """What was learned, as plain values, arrays and scikit-learn estimators."""
        if self.boosted is None or self.scales is None:
            return {"base_rate": self.base_rate}
        return {
            "base_rate": self.base_rate,
            "boosted": self.boosted.state(),
            "grid": self.grid,
            "fitted_on": self.scales.fitted_on,
            "references": {
                s: {c: vars(r) for c, r in of.items()} for s, of in self.scales.references.items()
            },
        }

    def restore(self, state: Mapping[str, Any]) -> Self:
        """Undo `state`."""
        self.base_rate = state["base_rate"]
        if "boosted" in state:
            references = {
                s: {c: Reference(**r) for c, r in of.items()} for s, of in state["references"].items()
            }
            self.scales = Normaliser(Scale.RANK, self.evidence, self.strata(), references, state["fitted_on"])
            self.boosted, self.grid = Boosted.restore(state["boosted"]), state["grid"]
        return self

    @property
    def extras(self) -> tuple[str, ...]:
        """Columns beside `evidence` of which more can only add to the score; `seen` brings them."""
        return ()

    def seen(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with `extras`."""
        return frame

    def usual(self) -> Array:
        """The 10th and 90th percentile of each of the extras."""
        return np.zeros((0, 2))

    def margins(self, frame: pl.DataFrame) -> tuple[Array, Array]:
        """The model's inputs for rows that can be judged, and their calibrated log-odds.

        Raises:
            ValueError: nothing was learned.

        """
        if self.boosted is None:
            raise ValueError(f"Model {self.name} has learned nothing yet; fit it with labels first.")
        inputs = self._inputs(self.seen(frame))
        return inputs, self.boosted.margin(inputs)

    def _inputs(self, rows: pl.DataFrame) -> Array:
        """Ranks within strata, the middle where unknown, extras, and `size` last."""
        assert self.scales is not None
        ranks = self.scales.transform(rows).select(
            pl.col(self.evidence).fill_null(0.5),
            pl.col(self.extras).cast(pl.Float64).fill_null(0.0),
            pl.col(self.size).alias("_size"),
        )
        return ranks.cast(pl.Float64).to_numpy()

    def _judge(self, frame: pl.DataFrame, explained_from: float) -> pl.DataFrame:
        require(frame, (*KEYS[self.grain], *self.inputs), self.name)
        read = (*KEYS[self.grain], *self.inputs, *self.extras)
        keys = self.seen(frame).select(*dict.fromkeys(read)).with_row_index("row")
        blocked = keys.select(self.unscorable().cast(pl.String)).to_series()
        scored = _unscored(keys.filter(blocked.is_not_null()), blocked.drop_nulls())
        rest = keys.filter(blocked.is_null())
        made = (
            _unscored(rest, pl.lit("too_few_labels"))
            if self.boosted is None
            else self._of(rest, explained_from)
        )
        both = pl.concat([scored, made]).sort("row")
        return keys.select("row", *KEYS[self.grain]).join(both, on="row", how="left").drop("row")

    def _of(self, rows: pl.DataFrame, explained_from: float) -> pl.DataFrame:
        assert self.boosted is not None
        assert self.scales is not None
        inputs = self._inputs(rows)
        by_member = self.boosted.margins(inputs)
        margin, above = by_member.mean(axis=1), by_member >= self.boosted.threshold
        score = np.searchsorted(self.grid, margin, "right") / self.grid.size
        stratum = self.scales.stratum(rows)
        sizes = {name: max(r.n for r in of.values()) for name, of in self.scales.references.items()}
        verdict = np.select([above.all(axis=1), ~above.any(axis=1)], ["look", "pass"], "abstain")
        told = score >= explained_from
        named = (*self.evidence, *self.extras)
        adds = self.boosted.contributions(inputs[told])[:, : len(named)]
        reasons = largest(rows.filter(told), named, adds, self._typical(stratum.filter(told)))
        judged = rows.select("row").with_columns(
            score=pl.Series(score),
            unscored_reason=pl.lit(None, pl.String),
            stratum=stratum,
            stratum_n=stratum.replace_strict(sizes, return_dtype=pl.Int64),
            probability=pl.Series(self.boosted.probability(margin, self.base_rate)),
            verdict=pl.Series(verdict, dtype=pl.String),
        )
        with_reasons = judged.join(reasons, on="row", how="left", maintain_order="left")
        filled = pl.when(pl.Series(told)).then(pl.col("reasons").fill_null([]))
        return with_reasons.with_columns(filled.alias("reasons")).select(_JUDGED.names()).cast(_JUDGED)

    def _typical(self, stratum: pl.Series) -> Array:
        """The 10th and 90th percentile per row and column, shape (rows, columns, 2)."""
        names, place = np.unique(stratum.to_numpy(), return_inverse=True)
        of = [np.vstack([self._range(name), self.usual()]) for name in names]
        return np.array(of).reshape(len(names), len(self.evidence) + len(self.extras), 2)[place]

    def _range(self, stratum: str) -> Array:
        assert self.scales is not None
        unknown = np.full(2, np.nan)
        own = self.scales.references[stratum]
        return np.array(
            [np.quantile(own[c].grid, (0.1, 0.9)) if own[c].n else unknown for c in self.evidence]
        )


_JUDGED = pl.Schema({"row": pl.UInt32(), **SCORES, "probability": pl.Float64(), "verdict": pl.String()})


def _unscored(rows: pl.DataFrame, why: pl.Series | pl.Expr) -> pl.DataFrame:
    told = rows.select("row").with_columns(why.alias("unscored_reason"))
    empty = (pl.lit(None, dtype).alias(name) for name, dtype in _JUDGED.items() if name not in told.columns)
    return told.with_columns(empty).select(_JUDGED.names())


def _thinned(scales: Normaliser) -> Normaliser:
    """The scales with at most `GRID` points per distribution, so that the artefact stays small."""
    return replace(
        scales,
        references={
            name: {column: replace(r, grid=_thin(r.grid)) for column, r in of.items()}
            for name, of in scales.references.items()
        },
    )


def _thin(grid: Array) -> Array:
    return grid if grid.size <= GRID else grid[np.linspace(0, grid.size - 1, GRID).round().astype(np.int64)]
