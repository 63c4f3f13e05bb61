"""Histogram gradient boosting over all columns that the protocol allows."""

from typing import Self

import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier

from models.benchmark.columns import BID, CONTEXT, HABITS, NEAR, NEAR_BEFORE, NULLS, OWN, SCALED, Z
from models.learner import Bools, Floats, balanced, known, learner, matrix

COLUMNS = (*OWN, *NULLS, *NEAR, *NEAR_BEFORE, *BID, *HABITS, *CONTEXT, *(f"{n}{Z}" for n in SCALED))


@learner("boosting")
class Boosting:
    """Shallow boosted trees; unknown values are a branch of their own."""

    def __init__(self, seed: int) -> None:
        self.model = HistGradientBoostingClassifier(
            max_iter=80, learning_rate=0.1, max_leaf_nodes=15, min_samples_leaf=10,
            l2_regularization=2.0, max_features=0.4, early_stopping=False, random_state=seed,
        )  # fmt: skip

    def fit(self, rows: pl.DataFrame, label: Bools, weight: Floats) -> Self:
        """Both classes weigh the same."""
        self.columns = known(rows, COLUMNS)
        self.model.fit(matrix(rows, self.columns), label, sample_weight=balanced(label, weight))
        return self

    def score(self, rows: pl.DataFrame) -> Floats:
        """Share of the positive class."""
        return self.model.predict_proba(matrix(rows, self.columns))[:, 1]  # type: ignore[no-any-return]
