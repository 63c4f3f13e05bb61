"""What any model must be held against: prevalence, counts, dates, plain screens, memory of firms."""

import numpy as np
import polars as pl
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from models.benchmark.columns import ELEVEN, SEVEN
from models.benchmark.frames import Bools, Floats, Unit
from models.benchmark.method import Sees, Task, method
from models.evaluate import Curve, ranking
from models.learner import balanced, known, matrix


@method("prevalence", Sees.NOTHING)
def prevalence(task: Task) -> Floats:
    """The share of positives in training, for everybody."""
    return np.full(task.test.height, np.average(task.label, weights=task.weight))


@method("number of bids", Sees.NUMBER)
def number_of_bids(task: Task) -> Floats:
    """A small tree on the number of bids."""
    return _tree(task, "n_valid")


@method("date only", Sees.DATE)
def date_only(task: Task) -> Floats | None:
    """A small tree on the deadline."""
    if task.train["deadline"].is_null().all() or task.test["deadline"].is_null().all():
        return None
    return _tree(task, "deadline")


def _tree(task: Task, column: str) -> Floats:
    least = max(2, min(20, task.train.height // 20))
    tree = DecisionTreeClassifier(max_depth=4, min_samples_leaf=least, random_state=task.seed)
    tree.fit(matrix(task.train, [column]), task.label, sample_weight=task.weight)
    return tree.predict_proba(matrix(task.test, [column]))[:, 1]  # type: ignore[no-any-return]


@method("best single screen", Sees.BIDS)
def best_screen(task: Task) -> Floats:
    """The screen, and its direction, that orders the training rows best."""
    found = {name: _signed(task.train[name], task.label, task.weight) for name in known(task.train, SEVEN)}
    if not found:
        return np.zeros(task.test.height)
    name = max(found, key=lambda n: abs(found[n]))
    return np.asarray(np.sign(found[name]) * _filled(task.test[name]))


def _signed(column: pl.Series, label: Bools, weight: Floats) -> float:
    return Curve.of(ranking(_filled(column), label), weight).roc_auc() - 0.5


def _filled(column: pl.Series) -> Floats:
    middle = column.median()
    return column.cast(pl.Float64).fill_null(0.0 if middle is None else middle).to_numpy()


@method("logistic on 7 screens", Sees.BIDS)
def logistic_seven(task: Task) -> Floats:
    """Standardised, medians where undefined."""
    columns = known(task.train, SEVEN)
    model = make_pipeline(
        SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=1000)
    )
    weights = {"logisticregression__sample_weight": balanced(task.label, task.weight)}
    model.fit(matrix(task.train, columns), task.label, **weights)
    return model.predict_proba(matrix(task.test, columns))[:, 1]  # type: ignore[no-any-return]


@method("forest on 11", Sees.BIDS)
def forest_eleven(task: Task) -> Floats:
    """A random forest of 100 trees, medians where undefined."""
    columns = known(task.train, ELEVEN)
    forest = RandomForestClassifier(100, min_samples_leaf=3, random_state=task.seed)
    model = make_pipeline(SimpleImputer(strategy="median"), forest)
    weights = {"randomforestclassifier__sample_weight": balanced(task.label, task.weight)}
    model.fit(matrix(task.train, columns), task.label, **weights)
    return model.predict_proba(matrix(task.test, columns))[:, 1]  # type: ignore[no-any-return]


@method("Cardinal flags", Sees.BIDS, threshold=0.5)
def cardinal(task: Task) -> Floats:
    """Any of R018, R024, R028, R058 (`frames._cardinal`); nothing is learned."""
    flags = [n for n in task.test.columns if n.startswith("flag_")]
    return task.test.select(pl.any_horizontal(flags).cast(pl.Float64)).to_series().to_numpy()


@method("firm memory", Sees.IDENTITY)
def firm_memory(task: Task) -> Floats | None:
    """Mean label of the training rows of the same firm, over the bidders of a tender."""
    if not _named(task):
        return None
    learned = _entries(task.train, task.unit).with_columns(label=pl.Series(task.label).gather(_rows(task)))
    rate = learned.group_by("bidder_id").agg(pl.col("label").mean())
    asked = _entries(task.test, task.unit).join(rate, on="bidder_id", how="left")
    return _mean_per_row(asked, task)


@method("neighbour vote", Sees.IDENTITY)
def neighbour_vote(task: Task) -> Floats | None:
    """Mean label of the training tenders that share a bidder, each as often as bidders are shared.

    A bid is voted on by the training bids of all bidders of its tender.
    """
    if not _named(task):
        return None
    company = pl.concat(
        m.tenders.select("tender_id", "bidders", market=pl.lit(n)) for n, m in task.markets.items()
    )
    keys = task.test.select("market", "tender_id")
    asked = keys.join(company, on=["market", "tender_id"], how="left", maintain_order="left")
    entered = _entries(asked, Unit.TENDER)
    learned = _entries(task.train, task.unit).with_columns(label=pl.Series(task.label).gather(_rows(task)))
    sums = learned.group_by("bidder_id").agg(pl.col("label").sum().alias("hits"), pl.len().alias("n"))
    voted = entered.join(sums, on="bidder_id", how="left").group_by("row").agg(
        (pl.col("hits").sum() / pl.col("n").sum()).alias("label")
    )  # fmt: skip
    return _mean_per_row(voted.fill_nan(None), task)


def _named(task: Task) -> bool:
    return all(task.markets[n].firms for n in task.test["market"].unique())


def _entries(rows: pl.DataFrame, unit: Unit) -> pl.DataFrame:
    """One row per judged row and firm that stands for it: `row, bidder_id`."""
    numbered = rows.with_row_index("row")
    if unit == Unit.BID:
        return numbered.select("row", "bidder_id")
    return numbered.select("row", bidder_id="bidders").explode("bidder_id").drop_nulls()


def _rows(task: Task) -> pl.Series:
    return _entries(task.train, task.unit)["row"]


def _mean_per_row(asked: pl.DataFrame, task: Task) -> Floats:
    """Means per row; rows of which nothing is known get the training's share of positives."""
    found = asked.group_by("row").agg(pl.col("label").mean().cast(pl.Float64))
    every = pl.DataFrame({"row": pl.Series(range(task.test.height), dtype=pl.UInt32)})
    known_rate = every.join(found, on="row", how="left", maintain_order="left")["label"]
    return known_rate.fill_null(float(task.label.mean())).to_numpy()
