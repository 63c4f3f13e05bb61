"""What is left of bids when tender, bidder and covariates have explained what they can."""

import numpy as np

from features.segments import Counts, Floats, Segments

ROUNDS = 300
"""Most rounds of taking means; connected markets settle in a few dozen."""

TOLERANCE = 1e-7
"""Largest mean still to be taken out, in deviations of what is left, at which the fit has settled."""


def left_over(
    y: Floats, covariates: list[Floats], tenders: Segments, group: Counts, weight: Floats | None = None
) -> Floats:
    """Least-squares residuals of `y` on covariates, an effect per tender and an effect per group.

    Means of tenders and groups are taken out by turns (Gauss-Seidel; Guimaraes and Portugal 2010), from
    the covariates as well, and what they then share with `y` goes too (Frisch and Waugh 1933). `weight`, one
    per tender, says how much its bids count for groups and covariates.

    >>> y = np.array([1.0, 3.0, 2.0, 4.0, 0.0, 2.0])
    >>> left_over(y, [], Segments(np.array([2, 2, 2])), np.array([0, 1, 0, 1, 0, 1])).round(6).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    w = tenders.spread(np.ones(tenders.n.size) if weight is None else weight)
    within = _absorbed(y, tenders, group, w)
    if not covariates:
        return within
    x = np.column_stack([_absorbed(column, tenders, group, w) for column in covariates])
    weighted = x.T * w
    return np.asarray(within - x @ (np.linalg.pinv(weighted @ x, rcond=1e-10) @ (weighted @ within)))


def _absorbed(y: Floats, tenders: Segments, group: Counts, weight: Floats) -> Floats:
    left = _within(y, tenders)
    total = np.bincount(group, weight)
    total[total == 0] = 1.0
    for _ in range(ROUNDS):
        mean = np.bincount(group, left * weight) / total
        scale = float(left.std()) if left.size else 0.0
        if np.abs(mean).max(initial=0.0) <= TOLERANCE * scale:
            break
        left = _within(left - mean[group], tenders)
    return left


def _within(y: Floats, tenders: Segments) -> Floats:
    return np.asarray(y - tenders.spread(tenders.sum(y) / tenders.n))
