"""Isolation forest over the ranks of the screens within strata."""

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from models.scorer import model
from models.strata import Array, tail
from models.unusual import Unusual

TREES = 100
TREE_SAMPLE = 256
SEED = 20


@model
class IsolationForestScorer(Unusual):
    """Finds tenders whose combination of screens is quickly set apart by random cuts.

    One scikit-learn forest (Liu et al. 2008) per set of usable screens, so it sees unusual
    combinations as well as extremes. Each screen enters as its signed tail score within the
    stratum, which keeps extremes apart as plain ranks would not (there every corner of the cube is
    as full as its middle). A screen's contribution is how much the cuts made on it shorten the
    path of the tender, averaged over the trees; the contributions add up to the whole shortening.
    """

    name = "isolation_forest"
    title_en = "Isolation forest of the bid screens"
    title_zh = "报价指标孤立森林"

    def __init__(self) -> None:
        super().__init__()
        self.forests: dict[str, Any] = {}

    def learn(self, ranks: Mapping[str, Array]) -> None:
        """Grow one forest per set of columns."""
        from sklearn.ensemble import IsolationForest  # scikit-learn takes long to load

        self.forests = {
            key: IsolationForest(
                n_estimators=TREES, max_samples=min(TREE_SAMPLE, len(rows)), random_state=SEED
            ).fit(_signed_tail(rows))
            for key, rows in ranks.items()
        }

    def rarity(self, key: str, ranks: Array) -> Array:
        """Anomaly score of the forest in (0, 1), Liu et al. 2008 equation 2."""
        rarity: Array = -self.forests[key].score_samples(_signed_tail(ranks))
        return rarity

    def contributions(self, key: str, ranks: Array) -> Array:
        """Steps by which the cuts on each screen shorten the path, averaged over the trees."""
        forest = self.forests[key]
        total, cut = np.zeros(ranks.shape), _signed_tail(ranks).astype(np.float32)
        for fitted in forest.estimators_:
            for rows, columns, gains in _path(fitted.tree_, cut):
                total[rows, columns] += gains
        return total / len(forest.estimators_)

    def state(self) -> dict[str, Any]:
        """The strata and the forests."""
        return {**super().state(), "forests": self.forests}

    def restore(self, state: Mapping[str, Any]) -> Self:
        """Undo `state`."""
        self.forests = dict(state["forests"])
        return super().restore(state)


def _signed_tail(ranks: Array) -> Array:
    out: Array = np.sign(ranks - 0.5) * tail(ranks)
    return out


Indices = npt.NDArray[np.int64]


def _path(tree: Any, rows: npt.NDArray[np.float32]) -> Iterator[tuple[Indices, Indices, Array]]:
    """Walk all rows down a tree: at each depth the rows still on the way, the cut column, the gain."""
    expected = expected_depth(tree)
    walking, node = np.arange(len(rows)), np.zeros(len(rows), dtype=np.int64)
    while walking.size:
        onward = tree.children_left[node] >= 0
        walking, node = walking[onward], node[onward]
        column = tree.feature[node]
        left = rows[walking, column] <= tree.threshold[node]
        child = np.where(left, tree.children_left[node], tree.children_right[node])
        yield walking, column, expected[node] - expected[child]
        node = child


def expected_depth(tree: Any) -> Array:
    """Mean final depth of the sampled rows below each node, unresolved leaves estimated.

    A leaf that still holds n rows counts the average path length of n rows, as the forest does.
    """
    n, left, right = tree.n_node_samples, tree.children_left, tree.children_right
    depth = np.zeros(tree.node_count)
    for node in range(tree.node_count):
        if left[node] >= 0:
            depth[left[node]] = depth[right[node]] = depth[node] + 1
    expected = depth + average_path(n)
    for node in reversed(range(tree.node_count)):
        if left[node] >= 0:
            below = n[left[node]] * expected[left[node]] + n[right[node]] * expected[right[node]]
            expected[node] = below / n[node]
    return expected


def average_path(n: npt.NDArray[np.int64]) -> Array:
    """Average path length of an unsuccessful search among n rows (Liu et al. 2008, equation 1)."""
    big = np.maximum(n, 3)
    many = 2 * (np.log(big - 1) + np.euler_gamma) - 2 * (big - 1) / big
    return np.select([n <= 1, n == 2], [0.0, 1.0], many)
