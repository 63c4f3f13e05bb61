"""Extremely randomised trees over all columns that the protocol allows."""

from typing import Self

import polars as pl
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from models.learner import Bools, Floats, balanced, known, learner, matrix
from models.learners.boosting import COLUMNS


@learner("extra_trees")
class ExtraTrees:
    """A forest of 150 trees on medians where values are unknown."""

    def __init__(self, seed: int) -> None:
        forest = ExtraTreesClassifier(150, min_samples_leaf=2, max_features=0.3, random_state=seed)
        self.model = make_pipeline(SimpleImputer(strategy="median"), forest)

    def fit(self, rows: pl.DataFrame, label: Bools, weight: Floats) -> Self:
        """Both classes weigh the same."""
        self.columns = known(rows, COLUMNS)
        weights = {"extratreesclassifier__sample_weight": balanced(label, weight)}
        self.model.fit(matrix(rows, self.columns), label, **weights)
        return self

    def score(self, rows: pl.DataFrame) -> Floats:
        """Share of the positive class."""
        return self.model.predict_proba(matrix(rows, self.columns))[:, 1]  # type: ignore[no-any-return]
