import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom, nchypergeom_fisher

from features.noncentral import mean_and_tail

tries = st.integers(1, 40)


@given(tries, tries, st.data())
def test_mean_and_tail_are_those_of_scipy(here: int, elsewhere: int, data: st.DataObject) -> None:
    total = data.draw(st.integers(0, here + elsewhere))
    hits = data.draw(st.integers(max(0, total - elsewhere), min(here, total)))
    odds = data.draw(st.floats(0.05, 20))
    arrays = (np.array([x]) for x in (hits, here, elsewhere, total))
    (mean,), (tail,) = mean_and_tail(*arrays, np.array([odds]))  # type: ignore[call-arg]
    law = nchypergeom_fisher(here + elsewhere, total, here, odds)
    assert tail == pytest.approx(law.pmf(np.arange(hits, min(here, total) + 1)).sum(), rel=1e-6, abs=1e-9)
    assert mean == pytest.approx(law.mean(), rel=1e-6, abs=1e-9)


def test_equal_odds_are_hypergeometric() -> None:
    hits = np.arange(1, 6)
    same = [np.full(5, n) for n in (10, 30, 8)]
    _, tail = mean_and_tail(hits, same[0], same[1], same[2], np.ones(5))
    np.testing.assert_allclose(tail, hypergeom.sf(hits - 1, 40, 10, 8))
