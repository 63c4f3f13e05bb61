import numpy as np
import pytest
from scipy.stats import betabinom, binom

from features.beta_binomial import rates_of_others, spread_of_others, upper_tail


def test_without_spread_the_tail_is_binomial() -> None:
    hits, tries = np.arange(5.0), np.full(5, 9.0)
    tail = upper_tail(hits, tries, np.full(5, 0.2), np.zeros(5))
    np.testing.assert_allclose(tail, binom.sf(hits - 1, 9, 0.2))


def test_with_spread_the_tail_is_heavier() -> None:
    hits, tries, rate = np.arange(3.0, 8.0), np.full(5, 9.0), np.full(5, 0.2)
    tail = upper_tail(hits, tries, rate, np.full(5, 0.25))
    np.testing.assert_allclose(tail, betabinom.sf(hits - 1, 9, 0.6, 2.4))
    assert (tail > binom.sf(hits - 1, 9, 0.2)).all()


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.3])
def test_the_spread_is_found_again(spread: float) -> None:
    rng = np.random.default_rng(2)
    tries = rng.integers(5, 40, 4000).astype(float)
    weight = 1 / max(spread, 1e-9) - 1
    own = rng.beta(0.2 * weight, 0.8 * weight, tries.size) if spread else np.full(tries.size, 0.2)
    hits = rng.binomial(tries.astype(int), own).astype(float)
    rate = rates_of_others(hits, tries, np.full(tries.size, hits.sum()), np.full(tries.size, tries.sum()))
    assert spread_of_others(hits, tries, rate).mean() == pytest.approx(spread, abs=0.012)


def test_a_firm_alone_in_its_group_is_judged_by_half_a_hit() -> None:
    one = np.array([3.0])
    assert rates_of_others(one, one * 2, one, one * 2).tolist() == [0.5]
