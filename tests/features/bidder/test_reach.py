import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from features.bidder import reach


@pytest.mark.parametrize("at_once", [1, 40, 4_000_000])
@pytest.mark.parametrize("density", [0.02, 0.6])
def test_reach_equals_the_table_of_firms_and_places(
    at_once: int, density: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "AT_ONCE", at_once)
    rng = np.random.default_rng(4)
    shares = csr_array(random_array((30, 45), density=density, rng=rng))
    full = np.where(rng.random((50, 30)) < 0.2, rng.integers(1, 9, (50, 30)), 0.0)
    full[:, 7] = np.where(full.sum(axis=1) == 0, 1.0, full[:, 7])
    due = full @ shares.toarray()
    events = csr_array(full)
    assert reach.squares_due(events, shares) == pytest.approx((due**2).sum(axis=1))
    assert reach.places_in_reach(events, shares).tolist() == (due > 0).sum(axis=1).tolist()


def test_no_firm_reaches_nothing() -> None:
    none, shares = csr_array((0, 3), dtype=np.float64), csr_array(np.eye(3))
    assert reach.squares_due(none, shares).size == reach.places_in_reach(none, shares).size == 0
