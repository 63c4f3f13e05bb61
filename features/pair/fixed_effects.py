"""What is left of bids when tender, bidder and covariates have explained what they can."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from features.segments import Counts, Floats, Segments

ROUNDS = 300
"""Most rounds of conjugate gradients; well connected markets settle in a dozen."""

TOLERANCE = 1e-5
"""Largest mean still to be taken out, in deviations of what is left, at which the fit has settled."""


def left_over(
    y: Floats, covariates: list[Floats], tenders: Segments, group: Counts, weight: Floats | None = None
) -> Floats:
    """Least-squares residuals of `y` on covariates, an effect per tender and an effect per group.

    Means of tenders are taken out exactly, effects of groups by conjugate gradients, from the covariates
    as well, and what these then share with `y` goes too (Frisch and Waugh 1933). `weight`, one per tender,
    says how much its bids count for groups and covariates.

    >>> y = np.array([1.0, 3.0, 2.0, 4.0, 0.0, 2.0])
    >>> left_over(y, [], Segments(np.array([2, 2, 2])), np.array([0, 1, 0, 1, 0, 1])).round(6).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    w = np.ones(tenders.n.size) if weight is None else weight
    effects = _Effects.of(tenders, group, w)
    within = effects.absorbed(y)
    if not covariates:
        return within
    x = np.column_stack([effects.absorbed(column) for column in covariates])
    weighted = x.T * tenders.spread(w)
    return np.asarray(within - x @ (np.linalg.pinv(weighted @ x, rcond=1e-10) @ (weighted @ within)))


@dataclass(frozen=True)
class _Effects:
    """The normal equations of the groups' effects, those of tenders already taken out."""

    tenders: Segments
    group: Counts
    weight: Floats
    entered: csr_array
    total: Floats

    @staticmethod
    def of(tenders: Segments, group: Counts, weight: Floats) -> "_Effects":
        rows = np.append(tenders.start, group.size)
        shape = (tenders.n.size, int(group.max(initial=-1)) + 1)
        entered = csr_array((np.ones(group.size), group.astype(np.int32), rows), shape=shape)
        return _Effects(tenders, group, weight, entered, entered.T @ weight)

    def absorbed(self, y: Floats) -> Floats:
        """What effects of tenders and groups leave of `y`."""
        left = _within(y, self.tenders)
        if left.size == 0:
            return left
        missing = np.bincount(self.group, left * self.tenders.spread(self.weight)).astype(np.float64)
        effect = self._solved(missing, TOLERANCE * float(left.std()))
        return left - _within(effect[self.group], self.tenders)

    def _solved(self, missing: Floats, tolerance: float) -> Floats:
        """Effects by conjugate gradients, preconditioned with the weight of each group."""
        usual = np.where(self.total > 0, self.total, 1.0)
        mean = missing / usual
        effect, step, ahead = np.zeros(mean.size), mean, float(missing @ mean)
        for _ in range(ROUNDS):
            if np.abs(mean).max() <= tolerance:
                break
            moved = self._applied(step)
            pace = ahead / float(step @ moved)
            effect, missing = effect + pace * step, missing - pace * moved
            mean = missing / usual
            behind, ahead = ahead, float(missing @ mean)
            step = mean + ahead / behind * step
        return effect

    def _applied(self, effect: Floats) -> Floats:
        mean = (self.entered @ effect) / self.tenders.n
        return np.asarray(self.total * effect - self.entered.T @ (self.weight * mean))


def _within(y: Floats, tenders: Segments) -> Floats:
    return np.asarray(y - tenders.spread(tenders.sum(y) / tenders.n))
