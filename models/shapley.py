"""Exact Shapley values of boosted trees: what each column adds to one row's score.

The same values as TreeSHAP with path-dependent expectations (Lundberg et al. 2020): the game of a leaf is a
product over the columns on its path, each factor 1 or 0 where the column is known (the row takes this path or
not) and the share of training rows that take it where it is not. Shapley values of a product have a closed
form. Written out here because a leaf has few columns, whole arrays of rows go through each leaf at once, and
no further package is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import factorial
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Leaf:
    """A leaf: its value; per column on its path the interval `(low, high]` and the share that takes it."""

    value: float
    columns: tuple[int, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    share: tuple[float, ...]


def leaves(nodes: Any) -> Iterator[Leaf]:
    """The leaves of one tree of histogram boosting, from its node array; missing values do not occur."""
    waiting: list[tuple[int, dict[int, tuple[float, float, float]]]] = [(0, {})]
    while waiting:
        at, path = waiting.pop()
        node = nodes[at]
        if node["is_leaf"]:
            low, high, share = (tuple(step[i] for step in path.values()) for i in range(3))
            yield Leaf(float(node["value"]), tuple(path), low, high, share)
            continue
        column, cut = int(node["feature_idx"]), float(node["num_threshold"])
        least, most, taken = path.get(column, (-np.inf, np.inf, 1.0))
        ways = ((node["left"], least, min(most, cut)), (node["right"], max(least, cut), most))
        for child, lower, upper in ways:
            portion = float(nodes[child]["count"]) / float(node["count"])
            waiting.append((int(child), {**path, column: (lower, upper, taken * portion)}))


def shapley(model: Any, rows: Array) -> Array:
    """What each column adds to the log-odds of each row, in the shape of `rows`.

    The values of a row add up to its log-odds less the expectation over the training rows.
    `model` is a binary `HistGradientBoostingClassifier`; rows hold no missing value.
    """
    total = np.zeros(rows.shape)
    for (tree,) in model._predictors:
        for leaf in leaves(tree.nodes):
            _add(leaf, rows, total)
    return total


def _add(leaf: Leaf, rows: Array, total: Array) -> None:
    d = len(leaf.columns)
    taken = [
        ((rows[:, c] > low) & (rows[:, c] <= high)).astype(np.float64)
        for c, low, high in zip(leaf.columns, leaf.low, leaf.high, strict=True)
    ]
    weight = [factorial(k) * factorial(d - 1 - k) / factorial(d) for k in range(d)]
    for i, column in enumerate(leaf.columns):
        others = _product([(taken[j], leaf.share[j]) for j in range(d) if j != i], len(rows))
        mean = sum(w * others[k] for k, w in enumerate(weight))
        total[:, column] += leaf.value * (taken[i] - leaf.share[i]) * mean


def _product(factors: list[tuple[Array, float]], n: int) -> list[Array]:
    """Coefficients of the product of `share + taken * t`, by power of t."""
    made = [np.ones(n)]
    for taken, share in factors:
        padded = [np.zeros(n), *made, np.zeros(n)]
        made = [share * padded[k + 1] + taken * padded[k] for k in range(len(made) + 1)]
    return made
