"""Where and when deposits were paid: a branch and its numbered transactions; some rings pay in one go."""

from dataclasses import dataclass

import numpy as np

from records.simulation.arrays import Bools, Ints, below, mix, totals
from records.simulation.places import COUNTY_PREFECTURE, PREFECTURES
from records.simulation.play import Step, World
from records.simulation.tenders import DAY, HOUR, START

BRANCHES = 12
"""Branches per prefecture, so that many honest bidders share one."""
PER_DAY = 200
"""Transactions of a branch in a day."""
_MINUTE = HOUR // 60


@dataclass(frozen=True)
class Deposits:
    """Per bid: the branch, when it paid, the number of the transaction, whether a ring paid together."""

    branch: Ints
    paid: Ints
    serial: Ints
    together: Bools


def deposits(world: World, step: Step) -> Deposits:
    """Everybody pays at the branch of the house, one to six days ahead; some careless rings one by one.

    From hashes alone, so that nothing else in the market changes.
    """
    b, t = step.bids, step.tenders
    deadline, number = t.deadline[b.tender], t.number[b.tender]
    home = COUNTY_PREFECTURE[world.firms.county[b.firm]]
    branch = home * BRANCHES + below(mix(world.seed, b.firm, 81), BRANCHES)
    when = mix(world.seed, number, b.firm, 82)
    paid = (deadline // DAY - 1 - below(when, 6)) * DAY + HOUR + below(when >> np.uint64(8), 480) * _MINUTE
    together = _together(world, step)
    ring = np.maximum(b.ring, 0)
    sitting = mix(world.seed, number, ring, 83)
    start = (deadline // DAY - 2) * DAY + HOUR + below(sitting, 420) * _MINUTE
    branch[together] = (below(mix(world.seed, ring, 84), len(PREFECTURES) * BRANCHES))[together]
    paid[together] = (start + np.maximum(b.seat, 0) * 4 * _MINUTE)[together]
    serial, first = _number(paid), _number(start)
    serial[together] = (first + np.maximum(b.seat, 0))[together]
    return Deposits(branch, paid, serial, together)


def _number(moment: Ints) -> Ints:
    """Running number of a transaction at its branch, evenly over the eight hours of a working day."""
    day, minute = (moment - START) // DAY + 30, (moment % DAY - HOUR) // _MINUTE
    return np.asarray(day * PER_DAY + minute * PER_DAY // 480)


def _together(world: World, step: Step) -> Bools:
    """Bids of the rings that pay in one sitting: half of those that are careless with accounts or lines."""
    b, rings = step.bids, world.rings
    if rings.scheme.size == 0:
        return np.zeros(b.ring.size, bool)
    careless = rings.careless[:, 2] | rings.careless[:, 4]
    habit = careless & (below(mix(world.seed, np.arange(rings.scheme.size), 85), 2) == 0)
    inside = (b.ring >= 0) & habit[b.ring]
    return np.asarray(inside & (totals(b.tender, inside, step.tenders.size) >= 2)[b.tender], np.bool_)
