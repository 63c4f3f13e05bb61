"""For a market without labels: each signal is turned by what the market itself says of direction.

Screens propagated over shared bidders separate well in every market and flip sign between markets, so their
sign cannot be carried over. What carries over best are the own screens as within-market z-scores. So a
logistic regression on those is the anchor, and a propagated screen counts with the sign, and as far, as it
agrees with the anchor over the tenders to be scored. Where nothing agrees only the anchor speaks. The rows to
be scored are read together (transductive), none of their labels.
"""

from typing import Self

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression

from models.benchmark.columns import NEAR, SEVEN, Z
from models.learner import Bools, Floats, balanced, known, learner, matrix

LEAST = 0.2
"""Rank correlation with the anchor below which a propagated screen tells no direction."""

WEIGHT = 1.0
"""Weight of all propagated screens together, against 1 of the anchor."""


@learner("oriented")
class Oriented:
    """Own screens decide; propagated screens follow where they agree with them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, rows: pl.DataFrame, label: Bools, weight: Floats) -> Self:
        """Learn the anchor; both classes weigh the same."""
        self.columns = known(rows, [f"{n}{Z}" for n in SEVEN]) or known(rows, SEVEN)
        self.model = LogisticRegression(C=0.1, max_iter=500)
        x = np.nan_to_num(matrix(rows, self.columns))
        self.model.fit(x, label, sample_weight=balanced(label, weight))
        return self

    def score(self, rows: pl.DataFrame) -> Floats:
        """The anchor and the mean of the propagated screens that agree with it, both as deviations."""
        anchor = _deviations(self.model.decision_function(np.nan_to_num(matrix(rows, self.columns))))
        near = matrix(rows, known(rows, NEAR))
        turned = [agreeing(anchor, x) for x in near.T]
        spoken = [x for x in turned if x is not None]
        return anchor + WEIGHT * np.mean(spoken, axis=0) if spoken else anchor


def agreeing(anchor: Floats, signal: Floats) -> Floats | None:
    """A signal in ranks, signed and weighted by its correlation with the anchor, or nothing below `LEAST`.

    >>> agreeing(np.array([1.0, 2.0, 3.0, 4.0]), np.array([9.0, 7.0, 6.0, 2.0])).round(2).tolist()
    [-1.34, -0.45, 0.45, 1.34]
    """
    seen = np.isfinite(signal)
    if seen.sum() < 3 or np.ptp(signal[seen]) == 0:
        return None
    ranks = np.zeros(signal.size)
    ranks[seen] = _deviations(pl.Series(signal[seen]).rank().to_numpy())
    order = _deviations(pl.Series(anchor[seen]).rank().to_numpy())
    agreement = float(np.mean(order * ranks[seen]))
    return agreement * ranks if abs(agreement) >= LEAST else None


def _deviations(x: Floats) -> Floats:
    spread = x.std()
    return np.asarray((x - x.mean()) / spread) if spread > 0 else np.zeros(x.size)
