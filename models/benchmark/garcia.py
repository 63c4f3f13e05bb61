"""The estimators of García Rodríguez et al. (2022) with their settings and features, unscaled, threshold .5.

Features: tender number, price, winner, date, number of bids and the seven screens, undefined ones zero as
shipped. Ours are recomputed (the shipped RD and DIFFP do not follow their definitions), and the number of
bids is counted. Rows are bids; a tender's score is the mean of its bids'. Their gradient boosting, SVC, MLP
and Gaussian process are left out: settings that cannot learn (learning rate 100), or hours of run time.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from sklearn.ensemble import AdaBoostClassifier, ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from models.benchmark.columns import SEVEN
from models.benchmark.frames import Bools, Floats, Unit
from models.benchmark.method import METHODS, Method, Sees, Task
from models.benchmark.splits import Protocol

ESTIMATORS: dict[str, Callable[[int], Any]] = {
    "ExtraTrees": lambda s: ExtraTreesClassifier(
        300, bootstrap=True, class_weight="balanced", random_state=s
    ),
    "RandomForest": lambda s: RandomForestClassifier(
        300, max_features=None, class_weight="balanced", random_state=s
    ),
    "AdaBoost": lambda s: AdaBoostClassifier(n_estimators=300, random_state=s),
    "KNN": lambda _: KNeighborsClassifier(10),
    "GaussianNB": lambda _: GaussianNB(),
    "BernoulliNB": lambda _: BernoulliNB(alpha=0.5),
    "SGD": lambda s: SGDClassifier(loss="hinge", random_state=s),
}
SLOW = ("RandomForest", "AdaBoost")
EVERYWHERE = ("ExtraTrees",)
"""Run under every protocol; the others under theirs, tender-grouped, alone."""


def fitted_score(name: str, task: Task) -> Floats:
    """Fit an estimator on the bids of the training rows and score the test rows."""
    x, label = _bids(task, task.train, task.label)
    model = ESTIMATORS[name](task.seed).fit(_features(x), label)
    asked, _ = _bids(task, task.test, None)
    found = model.predict_proba(_features(asked))[:, 1] if hasattr(model, "predict_proba") else model.predict(
        _features(asked)
    ).astype(np.float64)  # fmt: skip
    if task.unit == Unit.BID:
        return np.asarray(found)
    scored = asked.select("market", "tender_id").with_columns(score=pl.Series(found))
    means = scored.group_by("market", "tender_id").agg(pl.col("score").mean())
    joined = task.test.select("market", "tender_id").join(
        means, on=["market", "tender_id"], how="left", maintain_order="left"
    )  # fmt: skip
    return joined["score"].fill_null(0.5).to_numpy()


def _bids(task: Task, rows: pl.DataFrame, label: Bools | None) -> tuple[pl.DataFrame, Bools]:
    """The bids that stand for rows, with the rows' labels spread over them."""
    if task.unit == Unit.BID:
        return rows, np.zeros(0, bool) if label is None else label
    keys = rows.select("market", "tender_id")
    labelled = keys.with_columns(label=pl.Series(np.zeros(rows.height, bool) if label is None else label))
    bids = pl.concat(
        [m.bids.with_columns(pl.lit(name).alias("market")) for name, m in task.markets.items()
         if name in set(rows["market"])],
        how="diagonal",
    ).join(labelled, on=["market", "tender_id"], maintain_order="left")  # fmt: skip
    return bids, bids["label"].to_numpy()


def _features(bids: pl.DataFrame) -> Floats:
    number = pl.col("tender_id").str.extract(r"(\d+)\D*$").cast(pl.Float64)
    columns = ("price", "won", "deadline", "n_valid", *SEVEN)
    return np.asarray(bids.select(number.alias("number"), *columns).fill_null(0.0).to_numpy())


def _register(name: str) -> None:
    protocols = tuple(Protocol) if name in EVERYWHERE else (Protocol.GROUPED,)
    METHODS[f"García {name}"] = Method(
        f"García {name}",
        lambda task: fitted_score(name, task),
        Sees.AS_WRITTEN,
        False,
        0.5,
        name in SLOW,
        protocols,
    )


for _name in ESTIMATORS:
    _register(_name)
