import numpy as np
import polars as pl
import pytest
from scipy.stats import false_discovery_control

from features.false_discovery import adjusted, false_discovery_rate
from features.segments import Floats


def some_p(seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    return np.round(rng.random(50) ** 3, 2)


@pytest.mark.parametrize("seed", range(5))
def test_q_values_are_those_of_scipy(seed: int) -> None:
    p = some_p(seed)
    np.testing.assert_allclose(adjusted(p), false_discovery_control(p))


@pytest.mark.parametrize("seed", range(5))
def test_tests_not_listed_count_as_ones(seed: int) -> None:
    p = some_p(seed)
    with_ones = false_discovery_control(np.concatenate([p, np.ones(70)]))[: p.size]
    np.testing.assert_allclose(adjusted(p, tests=p.size + 70), with_ones)


def test_a_test_not_made_does_not_count() -> None:
    p = some_p(9)
    q = adjusted(np.insert(p, [3, 20], np.nan))
    np.testing.assert_allclose(q[~np.isnan(q)], adjusted(p))
    assert np.isnan(q[[3, 21]]).all()


def test_a_column_keeps_its_nulls_and_its_order() -> None:
    frame = pl.DataFrame({"p": [0.5, None, 0.01, 0.04], "m": 10})
    q = frame.select(false_discovery_rate(pl.col("p"), pl.col("m")))["p"]
    assert q.to_list() == pytest.approx([1.0, None, 0.1, 0.2])
    assert frame.clear().select(false_discovery_rate(pl.col("p"), pl.col("m"))).height == 0
    assert frame.clear().select(false_discovery_rate(pl.col("p"))).height == 0


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(ValueError, match=r"within 0\.\.1"):
        adjusted(np.array([0.5, 1.5]))
    with pytest.raises(ValueError, match="count all that were made"):
        adjusted(np.array([0.5, 0.5]), tests=1)
