import numpy as np
from scipy.stats import binom

from features.binomial import upper_tail


def test_the_tail_is_that_of_scipy_to_the_last_bit() -> None:
    rng = np.random.default_rng(3)
    tries = rng.integers(0, 3000, 20_000)
    hits = np.floor(rng.random(tries.size) * (tries + 1)).astype(np.int64)
    chance = rng.random(tries.size) ** 3
    np.testing.assert_array_equal(upper_tail(hits, tries, chance), binom.sf(hits - 1, tries, chance))


def test_the_ends() -> None:
    hits, tries = np.array([0, 1, 5, 6, 0, 0]), np.array([5, 5, 5, 5, 0, 5])
    np.testing.assert_array_equal(upper_tail(hits, tries, 0.0), [1, 0, 0, 0, 1, 1])
    np.testing.assert_array_equal(upper_tail(hits, tries, 1.0), [1, 1, 1, 0, 1, 1])
    assert np.isnan(upper_tail(2, 5, np.nan))
