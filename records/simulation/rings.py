"""Rings at work: where they act, which members bid, whom they let win."""

from dataclasses import dataclass

import numpy as np

from records.simulation.arrays import Bools, Ints, position
from records.simulation.entry import Entrants
from records.simulation.places import LOWEST, MEAN_BENCHMARK, SCORED
from records.simulation.plans import BUYER, COVER, PARTIAL, STEERING, TERRITORY, Rings
from records.simulation.tenders import Tenders


@dataclass(frozen=True)
class Bids:
    """A step's bids, rows by tender; `ring`, `seat` are -1 for honest bids, `chosen` is to win."""

    tender: Ints
    firm: Ints
    ring: Ints
    seat: Ints
    chosen: Bools
    spare: Ints


def enter(rng: np.random.Generator, tenders: Tenders, honest: Entrants, rings: Rings, turns: Ints) -> Bids:
    """Let rings take over the tenders they act in; `turns` counts each ring's tenders and is updated."""
    if rings.scheme.size == 0:
        none = np.full(honest.tender.size, -1)
        return Bids(honest.tender, honest.firm, none, none, none > 0, honest.spare)
    ring = _acting(rng, tenders, rings)
    target = np.flatnonzero(ring >= 0)
    seat_tender, seat, chosen = _present(rng, tenders, ring, target, rings, turns)
    crowd = np.isin(rings.scheme[ring], (STEERING, PARTIAL))
    room = np.where(crowd, 3 + rng.poisson(1.5, ring.size), rng.poisson(0.4, ring.size))
    room = np.where(ring < 0, 99, room)
    mate = (rings.members[ring[honest.tender]] == honest.firm[:, None]).any(axis=1)
    outsider = ~((ring[honest.tender] >= 0) & mate)
    outsider &= ~_dependent(honest.firm, tenders.deadline[honest.tender], rings)
    tender, firm = honest.tender[outsider], honest.firm[outsider]
    kept = position(tender) < room[tender]
    tender, firm = tender[kept], firm[kept]
    none = np.full(tender.size, -1)
    order = np.lexsort((rng.random(tender.size + seat.size), np.concatenate([tender, seat_tender])))
    return Bids(
        tender=np.concatenate([tender, seat_tender])[order],
        firm=np.concatenate([firm, rings.members[ring[seat_tender], seat]])[order],
        ring=np.concatenate([none, ring[seat_tender]])[order],
        seat=np.concatenate([none, seat])[order],
        chosen=np.concatenate([none > 0, chosen])[order],
        spare=np.where((ring >= 0) | _dependent(honest.spare, tenders.deadline, rings), -1, honest.spare),
    )


def _dependent(firm: Ints, deadline: Ints, rings: Rings) -> Bools:
    """Whether a firm is the lesser of two that share a person at that time: it bids with its ring only."""
    kin = np.flatnonzero(rings.kinship > 0)
    if kin.size == 0:
        return np.zeros(firm.size, bool)
    kin = kin[np.argsort(rings.members[kin, 1])]
    lesser = rings.members[kin, 1]
    found = np.minimum(np.searchsorted(lesser, firm), kin.size - 1)
    within = (rings.begin[kin[found]] <= deadline) & (deadline < rings.end[kin[found]])
    return np.asarray((lesser[found] == firm) & within, np.bool_)


def _acting(rng: np.random.Generator, tenders: Tenders, rings: Rings) -> Ints:
    """Ring that acts in each tender, -1 for none."""
    pair = rings.of_circle[tenders.circle]
    pick = rng.integers(0, 2, tenders.size)
    ring = np.where(pair[:, 1] >= 0, pair[np.arange(tenders.size), pick], pair[:, 0])
    within = (rings.begin[ring] <= tenders.deadline) & (tenders.deadline < rings.end[ring])
    averaged = tenders.mechanism == MEAN_BENCHMARK
    priced = np.isin(tenders.mechanism, (LOWEST, SCORED))
    suits = np.where(rings.scheme[ring] == STEERING, averaged, priced)
    acts = (ring >= 0) & within & suits & (rng.random(tenders.size) < rings.chance[ring])
    return np.where(acts, ring, -1)


def _present(
    rng: np.random.Generator, tenders: Tenders, ring: Ints, target: Ints, rings: Rings, turns: Ints
) -> tuple[Ints, Ints, Bools]:
    """Seats that bid in each target tender, and which of them is to win."""
    acting = ring[target]
    order = np.argsort(acting, kind="stable")
    turn = np.empty(target.size, np.int64)
    turn[order] = turns[acting[order]] + position(acting[order])
    np.add.at(turns, acting, 1)
    scheme, size = rings.scheme[acting], rings.size[acting]
    leader = np.where(rng.random(target.size) < 0.85, 0, turn)
    by = [scheme == COVER, scheme == TERRITORY, scheme == BUYER]
    winner = np.select(by, [leader, tenders.county[target], tenders.buyer[target]], turn) % size
    seats = rings.members[acting] >= 0
    present = seats & (rng.random(seats.shape) < 0.85)
    present[np.arange(target.size), winner] = True
    present = np.where(present.sum(axis=1, keepdims=True) >= 3, present, seats)
    row, seat = np.nonzero(present)
    return target[row], seat, winner[row] == seat
