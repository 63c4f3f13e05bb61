import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.poisson_binomial import EXACT_WINS, TERMS, tails, terms
from features.segments import Floats

rivals = st.lists(st.integers(1, 25), min_size=1, max_size=60)


def both_tails(chances: list[float], wins: list[int]) -> tuple[Floats, Floats]:
    sums = pl.DataFrame({"p": chances}).select(**terms(pl.col("p"))).sum()
    certain = sum(c == 1 for c in chances)
    repeated = {name: np.repeat(sums[name].to_numpy(), len(wins)) for name in TERMS}
    return tails(np.array(wins, float) - certain, repeated)


def distribution(chances: list[float]) -> Floats:
    found = np.array([1.0])
    for p in chances:
        found = np.convolve(found, [1 - p, p])
    return found


@given(rivals, st.integers(0, EXACT_WINS))
def test_few_wins_are_exact(rivals: list[int], wins: int) -> None:
    chances = [1 / n for n in rivals]
    exact = distribution(chances)
    (few,), (many,) = both_tails(chances, [wins])
    assert few == pytest.approx(exact[: wins + 1].sum(), rel=1e-9, abs=1e-12)
    assert many == pytest.approx(exact[wins:].sum(), rel=1e-9, abs=1e-12)


def test_many_wins_are_within_the_stated_error() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        lots = int(rng.integers(10, 400))
        chances = (1 / rng.integers(2, int(rng.integers(3, 25)), lots)).tolist()
        wins = list(range(EXACT_WINS + 1, min(lots, 40)))
        exact = np.cumsum(distribution(chances))[wins]
        few, _ = both_tails(chances, wins)
        assert (np.abs(few - exact) <= np.where(exact < 0.02, 0.0014, 0.005)).all()


def test_no_win_where_4_6_were_due_is_a_one_percent_chance() -> None:
    (few,), (many,) = both_tails([1 / 100] * 460, [0])
    assert few == pytest.approx(0.00982, abs=1e-4)
    assert many == 1.0
