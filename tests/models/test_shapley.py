from itertools import combinations
from math import factorial

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from models.shapley import Array, shapley


def fitted(n: int = 400, columns: int = 4) -> tuple[HistGradientBoostingClassifier, Array]:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(n, columns))
    y = rows[:, 0] * rows[:, 1] + rng.normal(0, 0.3, n) > 0.2
    model = HistGradientBoostingClassifier(max_iter=6, max_depth=4, min_samples_leaf=10, random_state=0)
    with threadpool_limits(1):
        return model.fit(rows, y, sample_weight=rng.uniform(0.5, 2, n)), rows


def expected(nodes: np.ndarray, row: Array, known: frozenset[int], at: int = 0) -> float:
    node = nodes[at]
    if node["is_leaf"]:
        return float(node["value"])
    ways = [int(node["left"]), int(node["right"])]
    if int(node["feature_idx"]) in known:
        return expected(nodes, row, known, ways[int(row[node["feature_idx"]] > node["num_threshold"])])
    share = [float(nodes[w]["count"]) / float(node["count"]) for w in ways]
    return sum(s * expected(nodes, row, known, w) for s, w in zip(share, ways, strict=True))


def by_definition(model: HistGradientBoostingClassifier, row: Array) -> Array:
    d, value = row.size, np.zeros(row.size)
    for i in range(d):
        rest = [j for j in range(d) if j != i]
        for k in range(d):
            weight = factorial(k) * factorial(d - 1 - k) / factorial(d)
            for chosen in combinations(rest, k):
                for (tree,) in model._predictors:
                    without = expected(tree.nodes, row, frozenset(chosen))
                    value[i] += weight * (expected(tree.nodes, row, frozenset({*chosen, i})) - without)
    return value


def test_values_are_those_of_the_definition() -> None:
    model, rows = fitted()

    found = shapley(model, rows[:5])

    assert found == pytest.approx(np.array([by_definition(model, row) for row in rows[:5]]), abs=1e-12)


def test_values_add_up_to_the_score_less_its_expectation() -> None:
    model, rows = fitted()

    rest = model.decision_function(rows) - shapley(model, rows).sum(axis=1)

    assert rest == pytest.approx(np.full(len(rows), rest[0]))


def test_a_column_that_no_tree_reads_adds_nothing() -> None:
    model, rows = fitted()
    used = {int(n["feature_idx"]) for (t,) in model._predictors for n in t.nodes if not n["is_leaf"]}

    found = shapley(model, rows)

    assert not found[:, [c for c in range(rows.shape[1]) if c not in used]].any()
