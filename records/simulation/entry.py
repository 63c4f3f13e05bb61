"""Who bids: firms of the circle, the near and idle ones rather than the far and busy ones."""

from dataclasses import dataclass

import numpy as np

from records.simulation.arrays import Bools, Floats, Ints, position
from records.simulation.firms import Circles, Firms
from records.simulation.places import county_places
from records.simulation.tenders import Tenders

_REACH = 260.0
"""Kilometres at which interest in a tender falls to 1/e."""
_OUTSIDE = 0.15
"""Share of interested firms that come from another circle of the same category."""


@dataclass(frozen=True)
class Entrants:
    """Bids as rows: `tender` (index within the step, rising) and `firm`; plus one spare firm per tender."""

    tender: Ints
    firm: Ints
    spare: Ints


def entrants(
    rng: np.random.Generator, tenders: Tenders, circles: Circles, firms: Firms, load: Floats
) -> Entrants:
    """Draw `wanted` distinct firms for every tender, fewer where the circle is smaller."""
    draws = 3 * tenders.wanted + 10
    tender = np.repeat(np.arange(tenders.size), draws)
    circle = _circles(rng, tenders, circles, tender)
    low, high = firms.cumulative[circles.begin[circle]], firms.cumulative[circles.begin[circle + 1]]
    drawn = np.searchsorted(firms.cumulative, low + rng.random(tender.size) * (high - low), side="right") - 1
    firm = np.clip(drawn, circles.begin[circle], circles.begin[circle + 1] - 1)
    appeal = np.exp(-distance(tenders, firms, tender, firm) / _REACH - np.maximum(load[firm] - 1, 0))
    tender, firm = _distinct(tender, firm, rng.random(tender.size) > appeal)
    place = position(tender)
    spare = np.full(tenders.size, -1)
    extra = place == tenders.wanted[tender]
    spare[tender[extra]] = firm[extra]
    kept = place < tenders.wanted[tender]
    return Entrants(tender[kept], firm[kept], spare)


def distance(tenders: Tenders, firms: Firms, tender: Ints, firm: Ints) -> Floats:
    """Kilometres between firm and site."""
    gap = county_places()[tenders.county[tender]] - firms.place[firm]
    return np.asarray(np.hypot(gap[:, 0], gap[:, 1]), np.float64)


def _circles(rng: np.random.Generator, tenders: Tenders, circles: Circles, tender: Ints) -> Ints:
    """Mostly the tender's own circle; thin circles have no neighbours."""
    own = tenders.circle[tender]
    first = np.searchsorted(circles.category, circles.category[own], side="left")
    after = np.searchsorted(circles.category, circles.category[own], side="right")
    other = first + np.floor(rng.random(tender.size) * (after - first)).astype(np.int64)
    return np.where((rng.random(tender.size) < _OUTSIDE) & ~circles.thin[own], other, own)


def _distinct(tender: Ints, firm: Ints, unwilling: Bools) -> tuple[Ints, Ints]:
    """Each firm once per tender, the willing first, otherwise in drawn order."""
    order = np.lexsort((unwilling, tender))
    tender, firm = tender[order], firm[order]
    _, first = np.unique(tender * (int(firm.max()) + 1) + firm, return_index=True)
    first.sort()
    return tender[first], firm[first]
