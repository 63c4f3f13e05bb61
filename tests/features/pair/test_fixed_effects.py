import numpy as np
import pytest

from features.pair.fixed_effects import left_over
from features.segments import Floats, Segments


@pytest.mark.parametrize("weighted", [False, True])
def test_residuals_are_those_of_least_squares_with_all_dummies(weighted: bool) -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(3, 7, 60)
    cut = Segments(n)
    group, y, x = rng.integers(0, 12, n.sum()), rng.normal(size=n.sum()), rng.normal(size=n.sum())
    weight = rng.random(60) + 0.1 if weighted else np.ones(60)
    dummies = np.column_stack([np.eye(60)[np.repeat(np.arange(60), n)], np.eye(12)[group], x])
    found = left_over(y, [x], cut, group, weight if weighted else None)
    assert found == pytest.approx(_least_squares(dummies, y, cut.spread(weight)), abs=1e-4)


def _least_squares(x: Floats, y: Floats, weight: Floats) -> Floats:
    root = np.sqrt(weight)
    return np.asarray(y - x @ np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0])


def test_a_covariate_that_the_effects_explain_is_left_out() -> None:
    rng = np.random.default_rng(2)
    cut, group, y = Segments(np.full(30, 4)), np.tile(np.arange(4), 30), rng.normal(size=120)
    tender_wide = np.repeat(rng.normal(size=30), 4)
    assert left_over(y, [tender_wide], cut, group) == pytest.approx(left_over(y, [], cut, group), abs=1e-4)


def test_no_bids_leave_nothing() -> None:
    none = np.zeros(0)
    cut = Segments(np.zeros(0, np.int64))
    assert left_over(none, [none], cut, np.zeros(0, np.int64)).size == 0
