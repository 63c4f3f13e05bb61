from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from features.tender.null_tables import (
    COUNTS,
    DRAWS,
    FEWEST,
    LEVELS,
    PATH,
    POWER,
    competitive_bids,
    null_screens,
    null_share,
    quantiles,
    simulated,
    write,
)


def shares(name: str, x: list[float], n: list[int]) -> list[float]:
    return list(null_share(name, np.array(x, dtype=np.float64), np.array(n)))


def test_a_part_made_again_is_the_same() -> None:
    row = int(np.flatnonzero(COUNTS == 4)[0])
    for name, made in simulated(4).items():
        assert quantiles(name)[row] == pytest.approx(made, rel=1e-9, abs=1e-9), name


def test_tables_are_written_as_they_are_read(tmp_path: Path) -> None:
    write([2], tmp_path / "some.npz")
    with np.load(tmp_path / "some.npz") as tables:
        assert set(tables) == set(FEWEST)
        assert tables["gap"][0] == pytest.approx(quantiles("gap")[0], rel=1e-9)
        assert np.isnan(tables["ks"]).all()


def test_tables_are_small_complete_and_rise() -> None:
    assert PATH.stat().st_size < 300_000
    for name, fewest in FEWEST.items():
        table = quantiles(name)
        assert table.shape == (COUNTS.size, LEVELS.size + 1)
        assert np.isnan(table[fewest > COUNTS]).all()
        assert (np.diff(table[fewest <= COUNTS, :-1], axis=1) >= 0).all(), name


def test_a_gap_of_two_bids_has_its_closed_form() -> None:
    gap = np.array([0.01, 0.5, 1.0, 3.0])
    exact = stats.halfnorm(scale=2**0.5).cdf(gap)
    assert null_share("gap", gap, np.full(4, 2)) == pytest.approx(exact, rel=0.02)


def test_skewness_is_symmetric_and_alternative_distance_of_three_has_its_median_at_one() -> None:
    for n in (3, 8, 30):
        low, high = shares("skewness", [-0.4, 0.4], [n, n])
        assert low + high == pytest.approx(1, abs=0.003)
    assert shares("alternative_distance", [1.0], [3]) == pytest.approx([0.5], abs=0.002)


def test_tails_end_at_one_in_so_many_draws() -> None:
    found = shares("relative_distance", [0.0, 1e9], [3, 30])
    assert found == pytest.approx([1 / DRAWS, 1 - 1 / DRAWS], rel=1e-6)


def test_the_bound_of_the_even_spacing_gets_its_whole_share() -> None:
    exact = 1 - 6 * np.arctan(3**0.5 / 5) / np.pi
    assert shares("ks", [1 / 3, 1 / 3 + 1e-12], [3, 3]) == pytest.approx([exact, exact], abs=0.002)


def test_between_rows_shares_lie_between() -> None:
    for name in FEWEST:
        x = float(np.median(quantiles(name)[-4, :-1]))
        inside, below, above = shares(name, [x, x, x], [90, 80, 100])
        assert min(below, above) <= inside <= max(below, above)


def test_outside_the_table_there_is_no_share() -> None:
    found = shares("kurtosis", [0.1, float("nan"), 0.1, float("inf"), 0.1], [3, 5, 301, 5, 4])
    assert np.isnan(found).tolist() == [True, True, True, True, False]
    assert null_share("ks", np.zeros(0), np.zeros(0, np.int64)).size == 0


@pytest.mark.parametrize("n", [3, 4, 5, 7, 12, 30, 33, 72, 250])
def test_shares_are_even_under_competition(n: int) -> None:
    draws = 20_000
    found = null_screens(competitive_bids(n, draws, np.random.default_rng([99, n])))
    for name in FEWEST:
        if n >= FEWEST[name]:
            made = null_share(name, found[name] / n ** POWER.get(name, 0.0), np.full(draws, n))
            # Below the share of the bound the statistic cannot go, and has no share to be even over.
            bound = made.min() if name == "ks" else 0.0
            even = np.array([max(bound, u) for u in np.linspace(0.001, 0.999, 999)])
            worst = np.abs(np.searchsorted(np.sort(made), even, side="right") / draws - even).max()
            limit = 2.5 / draws**0.5 + (0.012 if n > 200 else 0)  # rows lie far apart there
            assert worst < limit, (name, worst)
