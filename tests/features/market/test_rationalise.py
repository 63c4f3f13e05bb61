import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import linprog

from features.market import rationalise
from features.market.rationalise import least_share
from features.segments import Floats

CHANGES = (-0.02, 0.0, 0.01)
COSTS = (1 / 1.5, 1 / 1.02)
MOMENTS = np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, -1], [-1, 1, 0], [0, 1, -1]])


def limits(demand: Floats, slack: float = 0.01) -> Floats:
    return np.asarray(MOMENTS @ demand + slack)


# The definition itself, on a fine grid of costs.
def competes(beliefs: Floats) -> npt.NDArray[np.bool_]:
    cost = np.linspace(*COSTS, 201)[:, None, None]
    profit = beliefs * (1 + np.array(CHANGES) - cost)
    return np.asarray((profit[:, :, 1:2] >= profit - 1e-9).all(axis=2).any(axis=0))


# The published algorithm: random histories, weighted by a programme.
def sampled(demand: Floats, n: int = 10_000) -> float:
    rng = np.random.default_rng(1)
    random = -np.sort(-(rng.random((n, 3)) ** rng.choice([0.2, 1.0, 4.0, 20.0], (n, 1))), axis=1)
    near = demand * rng.uniform(0.5, 1.5, (n, 3))
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1.0]])
    beliefs = np.vstack([random, -np.sort(-near.clip(0, 1), axis=1), corners])
    idle = (~competes(beliefs)).astype(float)
    found = linprog(
        idle,
        A_ub=MOMENTS @ beliefs.T,
        b_ub=limits(demand),
        A_eq=np.ones((1, idle.size)),
        b_eq=[1.0],
        method="highs",
    )
    return float(found.fun)


@pytest.mark.parametrize("demand", [(0.6, 0.25, 0.25), (0.7, 0.2, 0.19), (0.5, 0.25, 0.2), (0.8, 0.2, 0.2)])
def test_random_histories_come_near_the_bound_and_never_below(demand: tuple[float, ...]) -> None:
    exact = least_share(CHANGES, MOMENTS, limits(np.array(demand)), COSTS)
    approached = sampled(np.array(demand))

    assert exact <= approached + 1e-6
    assert approached - exact < 0.03


@pytest.mark.parametrize("demand", [(0.6, 0.25, 0.25), (0.8, 0.2, 0.2)])
def test_cells_do_not_matter(demand: tuple[float, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    usual = least_share(CHANGES, MOMENTS, limits(np.array(demand)), COSTS)
    monkeypatch.setattr(rationalise, "CELLS", 1000)

    assert least_share(CHANGES, MOMENTS, limits(np.array(demand)), COSTS) == pytest.approx(usual, abs=1e-3)


def test_one_cost_and_one_rise_have_a_closed_form() -> None:
    cost, rise, win, still = 0.8, 0.1, 0.4, 0.35
    rows = np.array([[1.0, 0], [-1, 0], [0, -1]])

    found = least_share((0.0, rise), rows, np.array([win, -win, -still]), (cost, cost))

    keeps = (1 - cost) / (1 + rise - cost)
    assert found == pytest.approx((still - keeps * win) / (1 - keeps), abs=1e-6)


def test_narrower_costs_never_lower_the_bound() -> None:
    shares = [
        least_share(CHANGES, MOMENTS, limits(np.array([0.7, 0.2, 0.195])), (1 / 1.5, 1 / (1 + m)))
        for m in (0.0, 0.02, 0.05, 0.1, 0.3)
    ]

    assert shares == sorted(shares)


def test_demand_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="No demand meets the limits"):
        least_share((0.0, 0.1), np.array([[1.0, 0], [0, -1]]), np.array([0.2, -0.4]), COSTS)
