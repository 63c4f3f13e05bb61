import numpy as np
from scipy.stats import hypergeom

from features.hypergeometric import upper_tail


def test_tail_equals_scipy() -> None:
    rng = np.random.default_rng(2)
    lots = rng.integers(1, 400, 500)
    of_a, of_b = (rng.integers(0, lots + 1) for _ in range(2))
    joint = rng.integers(0, np.minimum(of_a, of_b) + 1)
    counts = [x.astype(float) for x in (joint, lots, of_a, of_b)]
    expected = hypergeom.sf(joint - 1, lots, of_a, of_b)
    np.testing.assert_allclose(upper_tail(*counts), expected, rtol=1e-9, atol=1e-300)


def test_a_meeting_that_cannot_happen_has_no_chance() -> None:
    assert upper_tail(*(np.array([x]) for x in (3.0, 10.0, 2.0, 5.0)))[0] == 0
