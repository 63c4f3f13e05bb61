"""One score from rules and other scores: hits can only add, and so can scores of how unusual a tender is.

Rules are to the right of models, so hits come in as columns of a frame (`models.drift.hit_columns`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.boosting import Boosted, learn
from models.labels import LABEL, UNIT, WEIGHT
from models.strata import Array


@dataclass(frozen=True)
class Stack:
    """A fitted stack over `columns`; an unknown value counts as 0: no hit, nothing unusual."""

    columns: tuple[str, ...]
    boosted: Boosted

    def probability(self, frame: pl.DataFrame, base_rate: float) -> Array:
        """Chance of collusion of every row where a share `base_rate` of all tenders is collusive."""
        return self.boosted.probability(self.boosted.margin(_rows(frame, self.columns)), base_rate)


def stack(frame: pl.DataFrame, columns: Sequence[str]) -> Stack:
    """Fit a stack: monotone in every column, since theory says that a hit or a high score never clears.

    Args:
        frame: one row per tender with the columns and those of `models.labels.labelled`.
        columns: hits of rules (boolean) and scores from 0 to 1. Scores must come from models that did not
            learn from these labels, or out of fold.

    Raises:
        TooFewLabelsError: see `models.boosting.learn`.

    """
    boosted = learn(
        _rows(frame, columns),
        frame[LABEL].fill_null(False).to_numpy(),
        frame[WEIGHT].fill_null(0.0).to_numpy(),
        frame[UNIT].fill_null(-1).to_numpy(),
        frame[LABEL].is_not_null().to_numpy(),
        monotone=np.ones(len(columns), dtype=np.int64),
    )
    return Stack(tuple(columns), boosted)


def _rows(frame: pl.DataFrame, columns: Sequence[str]) -> Array:
    return frame.select(pl.col(columns).cast(pl.Float64).fill_null(0.0)).to_numpy()
