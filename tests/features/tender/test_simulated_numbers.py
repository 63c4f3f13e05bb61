import math
from itertools import combinations

import numpy as np
import pytest

from features.segments import Bools, Floats
from features.tender.bid_matrix import screens_of, step_spread_of
from features.tender.null_tables import competitive_bids, null_share

# The numbers that rules.md gives from a simulation, and how far a simulation of 400,000 draws, rounded as
# printed there, may lie from them.


@pytest.mark.parametrize(("n", "share"), [(4, 0.34), (5, 0.26), (7, 0.17)])
def test_large_relative_distance_is_common_in_small_fields(n: int, share: float) -> None:
    beyond = 1 - null_share("relative_distance", np.array([1.5]), np.array([n]))[0]
    assert beyond == pytest.approx(share, abs=0.0065)


def test_at_ten_bids_it_is_rarer_than_stated() -> None:
    # Stated: 12 %. Normal bids give 11.5 %, lognormal bids of log deviation 5 % give 9.5 %.
    normal = 1 - null_share("relative_distance", np.array([1.5]), np.array([10]))[0]
    drawn = np.random.default_rng(1).standard_normal((100_000, 10))
    lognormal = screens_of(np.sort(np.exp(0.05 * drawn), axis=1).T)["relative_distance"] > 1.5
    assert normal == pytest.approx(0.1145, abs=0.0015)
    assert lognormal.mean() == pytest.approx(0.0946, abs=0.004)


@pytest.mark.parametrize(("n", "limit", "stated", "here"), [(5, 0.05, 6e-5, 7.7e-5), (4, 0.01, 1e-4, 7.6e-5)])
def test_equal_steps_are_rare(n: int, limit: float, stated: float, here: float) -> None:
    # Not the stated figures to the digit, but within the noise that 400,000 draws leave in them.
    draws = 3_000_000
    assert _share_of_steps(n, limit, draws) == pytest.approx(here, abs=3 * math.sqrt(here / draws))
    assert stated == pytest.approx(here, abs=2 * math.sqrt(here / 400_000))


@pytest.mark.parametrize(("limit", "stated"), [(0.01, 0.011), (0.02, 0.022)])
def test_equal_steps_of_three_bids_are_not(limit: float, stated: float) -> None:
    # Three normal bids fall at an even angle, which gives the share in closed form.
    exact = 6 / math.pi * math.atan(limit / math.sqrt(3))
    assert exact == pytest.approx(stated, abs=0.0005)
    assert _share_of_steps(3, limit, 200_000) == pytest.approx(exact, abs=0.0015)


@pytest.mark.parametrize(("n", "stated"), [(10, 0.72), (7, 0.32), (5, 0.11)])
def test_some_three_bids_in_progression_prove_nothing(n: int, stated: float) -> None:
    x = competitive_bids(n, 40_000, np.random.default_rng(n))
    found: Bools = np.zeros(x.shape[1], np.bool_)
    for three in combinations(range(n), 3):
        found |= step_spread_of(x[list(three)]) <= 0.01
    assert found.mean() == pytest.approx(stated, abs=0.012)


@pytest.mark.parametrize(("decimals", "stated"), [(2, 0.057), (3, 0.0057), (4, 0.00057)])
def test_ratios_agree_by_chance_as_often_as_their_rounding_allows(decimals: int, stated: float) -> None:
    # 5 % is the log deviation of the ratio; for bids that each deviate by 5 % it is 7 % and 4.0 % agree.
    ratios: Floats = np.exp(0.05 * np.random.default_rng(4).standard_normal((2, 1_000_000))).round(decimals)
    agree = float((ratios[0] == ratios[1]).mean())
    assert agree == pytest.approx(stated, abs=0.02 * stated + 4 * math.sqrt(stated / 1_000_000))


@pytest.mark.parametrize(("n", "stated"), [(3, 0.12), (5, 0.34), (10, 0.85), (20, 1.0)])
def test_some_two_uploads_lie_close_by_chance(n: int, stated: float) -> None:
    exact = 1 - math.exp(-10 / 240 * n * (n - 1) / 2)
    uploads = np.sort(np.random.default_rng(n).exponential(240, (50_000, n)), axis=1)
    close = (np.diff(uploads, axis=1) <= 10).any(axis=1).mean()
    assert exact == pytest.approx(stated, abs=0.005)
    assert close == pytest.approx(exact, abs=0.01)


def _share_of_steps(n: int, limit: float, draws: int) -> float:
    rng, each = np.random.default_rng([8, n]), 200_000
    parts = (step_spread_of(competitive_bids(n, each, rng)) <= limit for _ in range(draws // each))
    return float(np.mean([part.mean() for part in parts]))
