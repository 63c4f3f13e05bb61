"""Calibrated gradient boosting where most rows were never reviewed: the part that learns from labels.

Five members, one per fold. A fold holds whole companies of firms, so no member learns from the company that
it is judged on. Each member learns from the labels outside its fold and from its own draw of unreviewed rows,
which stand in for clean ones at half weight (bagging for positive and unlabelled data, Mordelet and Vert
2014): some of them are collusive, and a member's draw is wrong about other rows than the next one's. The
out-of-fold scores calibrate the mean of the members.

Odds are moved to the user's base rate by Bayes' rule. Where reviewers have cleared enough tenders these
are the comparison. Where they have not, the comparison is the unreviewed, a mixture, and the probability is
the base rate times the ratio of densities (Elkan and Noto 2008; it assumes that the collusive tenders on
record are like the others).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from threadpoolctl import threadpool_limits

from models.shapley import Array, shapley

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

FOLDS = 5
FEWEST = 20
"""Collusive labels, and others, below which nothing is learned."""
PROVISIONAL = 0.5
"""Weight of an unreviewed row that stands in for a clean one, in mean labels."""
BINS = 10
"""Points of the reliability curve."""
SHARPEST, FLATTEST = 1e6, 1e-3

_THREADS, _MANY = 1, 100_000
"""Boosting of few rows waits for its threads a hundred times longer than it works where others use them."""


class TooFewLabelsError(ValueError):
    """There are not enough labels of both kinds to learn from."""


@dataclass(frozen=True)
class Boosted:
    """Members and what turns their mean log-odds into probabilities.

    * `slope`, `intercept`: of the calibration, at the prior `prior`.
    * `cleared`: the comparison was tenders that reviewers cleared, not unreviewed ones.
    * `threshold`: calibrated log-odds that part collusive from other rows best, chosen out of fold.
    * `curve`: out of fold, `mean probability, share collusive, rows` per tenth, at the prior.
    """

    members: tuple[Any, ...]
    slope: float
    intercept: float
    prior: float
    cleared: bool
    threshold: float
    curve: Array

    def margins(self, rows: Array) -> Array:
        """Calibrated log-odds of each row by each member, shape (rows, members)."""
        raw = np.column_stack([_decided(m, rows) for m in self.members])
        return np.asarray(self.slope * raw + self.intercept)

    def margin(self, rows: Array) -> Array:
        """Calibrated log-odds of each row at the prior."""
        return np.asarray(self.margins(rows).mean(axis=1))

    def probability(self, margin: Array, base_rate: float) -> Array:
        """Chance of collusion where a share `base_rate` of all tenders is collusive."""
        ratio = np.exp(margin) * (1 - self.prior) / self.prior
        if not self.cleared:
            return np.minimum(ratio * base_rate, 1.0)
        odds = ratio * base_rate / (1 - base_rate)
        return np.asarray(odds / (1 + odds))

    def contributions(self, rows: Array) -> Array:
        """What each column adds to the calibrated log-odds of each row (Shapley values)."""
        total: Array = sum((shapley(m, rows) for m in self.members), np.zeros(rows.shape))
        return self.slope * total / len(self.members)

    def state(self) -> dict[str, Any]:
        """Plain values, arrays and scikit-learn estimators."""
        return {**vars(self), "members": list(self.members)}

    @classmethod
    def restore(cls, state: Mapping[str, Any]) -> "Boosted":
        """Undo `state`."""
        return cls(**{**state, "members": tuple(state["members"])})


def learn(
    rows: Array,
    positive: Bools,
    weight: Array,
    unit: Ints,
    reviewed: Bools,
    *,
    monotone: npt.ArrayLike | None = None,
    seed: int = 0,
) -> Boosted:
    """Learn from labelled and unreviewed rows.

    Args:
        rows: one row per tender, no missing values.
        positive: collusive by label; False where unreviewed.
        weight: of labels; of no account where unreviewed.
        unit: company of firms; of no account where unreviewed.
        reviewed: whether a label exists.
        monotone: per column 1 where more of it can only add to the score, 0 where it is free.
        seed: of folds and draws.

    Raises:
        TooFewLabelsError: fewer than `FEWEST` collusive labels, or fewer other rows.

    """
    others = int((~positive).sum())
    if positive.sum() < FEWEST or others < FEWEST:
        raise TooFewLabelsError(
            f"{int(positive.sum())} collusive labels and {others} other tenders; {FEWEST} of each are needed."
        )
    rng = np.random.default_rng(seed)
    cleared = int((reviewed & ~positive).sum()) >= FEWEST
    fold = _folds(positive, unit, reviewed, rng)
    usual = float(weight[reviewed].mean())
    full = np.where(reviewed, weight, PROVISIONAL * usual)
    members, score = [], np.zeros(len(rows))
    for k in range(int(fold.max()) + 1):
        outside = np.flatnonzero((fold != k) & reviewed)
        drawn = _draw(np.flatnonzero((fold != k) & ~reviewed), max(len(outside), 10 * FEWEST), rng)
        chosen = np.concatenate([outside, drawn])
        members.append(_member(rows[chosen], positive[chosen], full[chosen], monotone, seed + k))
        inside = fold == k
        if inside.any():
            score[inside] = _decided(members[-1], rows[inside])
    judged = reviewed if cleared else np.ones(len(rows), dtype=np.bool_)
    counted = np.where(reviewed, weight, usual)
    return _calibrated(tuple(members), score[judged], positive[judged], counted[judged], cleared)


def _member(rows: Array, positive: Bools, weight: Array, monotone: npt.ArrayLike | None, seed: int) -> Any:
    """One boosting; both kinds of rows weigh as much in sum, so that few positives are heard."""
    balance = np.where(positive, weight[~positive].sum() / weight[positive].sum(), 1.0)
    from sklearn.ensemble import HistGradientBoostingClassifier  # scikit-learn takes long to load

    model = HistGradientBoostingClassifier(
        learning_rate=0.08, max_iter=60, max_leaf_nodes=12, max_depth=4, min_samples_leaf=15, max_bins=63,
        l2_regularization=1.0, monotonic_cst=monotone, early_stopping=False, random_state=seed,
    )  # fmt: skip
    with threadpool_limits(_THREADS):
        return model.fit(rows, positive, sample_weight=weight * balance)


def _decided(model: Any, rows: Array) -> Array:
    with threadpool_limits(_THREADS if len(rows) < _MANY else None):
        return np.asarray(model.decision_function(rows))


def _draw(among: Ints, n: int, rng: np.random.Generator) -> Ints:
    return among if among.size <= n else np.sort(rng.choice(among, n, replace=False))


def _folds(positive: Bools, unit: Ints, reviewed: Bools, rng: np.random.Generator) -> Ints:
    """A fold per row: companies whole, positives spread evenly; a lone company is split by row."""
    company = np.where(reviewed, unit, -1)
    if len({int(u) for u in company[positive]}) < 2:
        company = np.where(reviewed, np.arange(len(unit)), -1)
    names, place = np.unique(company[reviewed], return_inverse=True)
    hits, size = (np.bincount(place, w, len(names)) for w in (positive[reviewed], np.ones(place.size)))
    into = np.zeros(len(names), dtype=np.int64)
    load = np.zeros((FOLDS, 2))
    order = rng.permutation(len(names))
    for i in order[np.argsort(-hits[order], kind="stable")]:
        into[i] = np.lexsort((load[:, 1], load[:, 0]))[0] if hits[i] else np.argmin(load[:, 1])
        load[into[i]] += (hits[i], size[i])
    fold = rng.integers(0, FOLDS, len(unit))
    fold[reviewed] = into[place]
    used = np.unique(fold[positive])
    return np.asarray(np.searchsorted(used, fold) % used.size) if used.size < FOLDS else fold


def _calibrated(
    members: tuple[Any, ...], score: Array, positive: Bools, weight: Array, cleared: bool
) -> Boosted:
    """Logistic calibration (Platt 1999) of out-of-fold scores, with the curve that it gives."""
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=SHARPEST).fit(score[:, None], positive, sample_weight=weight / weight.mean())
    slope = max(float(line.coef_[0, 0]), FLATTEST)
    prior = float(weight[positive].sum() / weight.sum())
    intercept = float(line.intercept_[0])
    margin = slope * score + intercept
    curve = reliability(expit(margin), positive, weight)
    return Boosted(members, slope, intercept, prior, cleared, _threshold(margin, positive, weight), curve)


def reliability(probability: Array, positive: Bools, weight: Array) -> Array:
    """Rows `mean probability, share collusive, rows` per tenth of the rows by probability."""
    parts = np.array_split(np.argsort(probability, kind="stable"), min(BINS, len(probability)))
    return np.array(
        [
            (
                np.average(probability[p], weights=weight[p]),
                np.average(positive[p], weights=weight[p]),
                p.size,
            )
            for p in parts
        ]
    )


def _threshold(margin: Array, positive: Bools, weight: Array) -> float:
    """The log-odds with the largest sum of sensitivity and specificity."""
    order = np.argsort(-margin, kind="stable")
    hit, other = weight[order] * positive[order], weight[order] * ~positive[order]
    gain = np.cumsum(hit) / hit.sum() - np.cumsum(other) / other.sum()
    return float(margin[order][int(np.argmax(gain))])
