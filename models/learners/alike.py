"""For a market without labels: the more a training market looks like it, the more it says.

A logistic regression tells rows of the market to be scored from training rows, without any label; its odds
that a training row comes from there, averaged over a market, weigh that market (covariate shift, Shimodaira
2000). What is learned with these weights is the anchor of `oriented`. Weights by row, by distance between
quantiles, and the nearest market alone were tried as well (docs/benchmark.md).
"""

from typing import Self

import numpy as np
import polars as pl
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

from models.benchmark.columns import NULLS, OWN
from models.learner import Bools, Floats, known, learner, matrix
from models.learners.oriented import Oriented


@learner("alike")
class Alike(Oriented):
    """`oriented`, with training markets weighed by their likeness to the rows that are to be scored."""

    def fit(self, rows: pl.DataFrame, label: Bools, weight: Floats) -> Self:
        """Keep what to learn from: how much each market weighs is known when there are rows to score."""
        self.learned = (rows, label, weight)
        return super().fit(rows, label, weight)

    def score(self, rows: pl.DataFrame) -> Floats:
        """Learn with weights for these rows, then score them."""
        train, label, weight = self.learned
        if "market" in train.columns and train["market"].n_unique() > 1:
            super().fit(train, label, weight * likeness(train, rows))
        return super().score(rows)


def likeness(train: pl.DataFrame, rows: pl.DataFrame) -> Floats:
    """Weight of every training row by its market's mean odds of being one of `rows`, 1 on the mean."""
    columns = [name for name in known(train, (*OWN, *NULLS)) if name in known(rows, (name,))]
    if not columns:
        return np.ones(train.height)
    x = np.vstack([matrix(train, columns), matrix(rows, columns)])
    there = np.arange(len(x)) >= train.height
    each = np.where(there, 0.5 / rows.height, 0.5 / train.height) * len(x)
    order = QuantileTransformer(n_quantiles=100, output_distribution="normal", random_state=0)
    model = make_pipeline(
        SimpleImputer(strategy="median"), order, LogisticRegression(C=0.1, max_iter=500)
    ).fit(x, there, logisticregression__sample_weight=each)
    chance = model.predict_proba(x[: train.height])[:, 1]
    odds = pl.Series(np.minimum(chance / (1 - chance), np.quantile(chance / (1 - chance), 0.99)))
    of = train.select("market", odds=odds).select(pl.col("odds").mean().over("market")).to_series()
    weight = np.maximum(of.to_numpy(), 1e-3)
    return np.asarray(weight / weight.mean())
