"""The least share of histories that no competition explains, as a linear programme.

A bidder with cost k (a share of its own bid) that wins with chance D(r) after changing its
bid by the factor 1 + r, competes only if D(0) (1 - k) >= D(r) (1 + r - k) for every deviation r. Demand is
observed on average only, so the bound is the least weight that any mixture of histories, consistent with
the average, must put on histories that break this for every cost allowed.

For one cost k the competitive beliefs, 1 >= D(r1) >= ... >= D(rn) >= 0 and the inequalities, form a
polytope. A mixture over a polytope matters through its weight w and its weighted mean x alone, and (w, x)
is possible exactly when x lies in w times the polytope. So the minimum over all mixtures, an infinite
programme that the reference code approaches with a hundred thousand random histories, is a linear
programme with one block (w, x) per cost and one for the histories that do not compete (Balas 1979 on
unions of polytopes). Costs form an interval; it is cut into `CELLS` cells, and in a cell each inequality
takes the end at which it asks least (a rise asks least at the low end, a cut at the high end), so the
result is a lower bound whatever their number: 50 cells and 1,000 gave the same four digits.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array, vstack

from features.segments import Counts, Floats

CELLS = 200
"""Cells into which the interval of costs is cut."""

_Term = tuple[Counts, npt.ArrayLike]


def least_share(
    changes: tuple[float, ...], moments: Floats, limits: Floats, costs: tuple[float, float]
) -> float:
    """Least weight of histories that do not compete, among all mixtures within the limits.

    Args:
        changes: the deviations in rising order, 0 among them.
        moments: one row per inequality on mean demand, one column per deviation.
        limits: what `moments @ demand` may not exceed.
        costs: lowest and highest cost as a share of the bid.

    Raises:
        ValueError: no demand at all meets the limits.

    Of bidders that win every other time, and would at a tenth more, those that win do not compete:

    >>> rows = np.array([[1.0, 0.0], [0.0, -1.0]])
    >>> round(least_share((0.0, 0.1), rows, np.array([0.5, -0.5]), (0.6, 1.0)), 6)
    0.5
    """
    from scipy.optimize import linprog

    blocks, k = CELLS + 1, len(changes)
    weight = np.arange(blocks) * (k + 1)
    belief = weight[:, None] + 1 + np.arange(k)
    size = blocks * (k + 1)
    inside = _matrix(_competing(changes, weight, belief, np.linspace(*costs, CELLS + 1)), size)
    mean = coo_array((np.ones(belief.size), (np.tile(np.arange(k), blocks), belief.ravel())), shape=(k, size))
    idle = np.zeros(size)
    idle[weight[-1]] = 1.0
    whole = np.zeros((1, size))
    whole[0, weight] = 1.0
    found = linprog(
        idle,
        A_ub=vstack([inside, csr_array(moments) @ mean.tocsr()]),
        b_ub=np.concatenate([np.zeros(inside.shape[0]), limits]),
        A_eq=csr_array(whole),
        b_eq=[1.0],
        method="highs",
    )
    if found.status != 0:
        raise ValueError(f"No demand meets the limits {limits.tolist()}: {found.message}")
    return max(0.0, round(float(found.fun), 9))


def _competing(
    changes: tuple[float, ...], weight: Counts, belief: Counts, edges: Floats
) -> list[tuple[_Term, _Term]]:
    """Inequalities "sum of two terms <= 0": beliefs fall, and in all blocks but the last they compete."""
    falling = [((belief[:, i + 1], 1.0), (belief[:, i], -1.0)) for i in range(len(changes) - 1)]
    here = belief[:-1, changes.index(0.0)]
    best_reply = [
        ((belief[:-1, i], 1 + change - cost), (here, cost - 1))
        for i, change in enumerate(changes)
        if change != 0
        for cost in [edges[1:] if change < 0 else edges[:-1]]
    ]
    return [((belief[:, 0], 1.0), (weight, -1.0)), *falling, *best_reply]


def _matrix(rows: list[tuple[_Term, _Term]], size: int) -> csr_array:
    """One sparse row per entry of each inequality's terms."""
    starts = np.cumsum([0, *(len(left[0]) for left, _ in rows)])
    row = [np.arange(s, s + len(term[0])) for s, terms in zip(starts, rows, strict=False) for term in terms]
    column = [term[0] for terms in rows for term in terms]
    value = [np.broadcast_to(term[1], len(term[0])) for terms in rows for term in terms]
    entries = (np.concatenate(value), (np.concatenate(row), np.concatenate(column)))
    return coo_array(entries, shape=(int(starts[-1]), size)).tocsr()
