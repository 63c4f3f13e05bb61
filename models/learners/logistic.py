"""Penalised logistic regression: the plain reference, readable coefficient by coefficient."""

from typing import Self

import polars as pl
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

from models.learner import Bools, Floats, balanced, known, learner, matrix
from models.learners.boosting import COLUMNS


@learner("logistic")
class Logistic:
    """Ridge-penalised, on columns brought to normal order."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, rows: pl.DataFrame, label: Bools, weight: Floats) -> Self:
        """Both classes weigh the same; the scales are those of the training rows."""
        self.columns = known(rows, COLUMNS)
        order = QuantileTransformer(
            n_quantiles=min(100, rows.height), output_distribution="normal", random_state=self.seed
        )
        self.model = make_pipeline(
            SimpleImputer(strategy="median", add_indicator=False),
            order,
            LogisticRegression(C=0.03, max_iter=500),
        )
        weights = {"logisticregression__sample_weight": balanced(label, weight)}
        self.model.fit(matrix(rows, self.columns), label, **weights)
        return self

    def score(self, rows: pl.DataFrame) -> Floats:
        """Share of the positive class."""
        return self.model.predict_proba(matrix(rows, self.columns))[:, 1]  # type: ignore[no-any-return]
