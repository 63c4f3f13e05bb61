"""Rings as they are planted: scheme, members, period, habits."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from records.simulation.arrays import Bools, Floats, Ints
from records.simulation.firms import Circles
from records.simulation.places import CATEGORIES, LOWEST, MEAN_BENCHMARK, SCORED
from records.simulation.tenders import DAY, END, START


class Scheme(StrEnum):
    """How a ring divides the spoils, or hides."""

    COVER = "cover"
    ROTATION = "rotation"
    TERRITORY = "territory"
    BUYER = "buyer"
    STEERING = "steering"
    PARTIAL = "partial"
    SWAP = "swap"
    MIMIC = "mimic"


SCHEMES = tuple(Scheme)
COVER, ROTATION, TERRITORY, BUYER, STEERING, PARTIAL, SWAP, MIMIC = range(8)
TRACES = ("device", "lock", "account", "people", "network")
"""What careless rings leave; columns of `Rings.careless`."""
KINSHIP = ("", "legal_rep", "shareholder", "phone")
"""What the first two members of some rings share as firms, while the ring lasts."""
BUNCHED, STEPS, RATIO = range(3)
"""Cover prices: bunched above the winner, at equal steps, or by each member's own habit factor."""
SEATS = 6
TENDERS_PER_RING = 12


@dataclass(frozen=True)
class Rings:
    """Planted rings; `members` is (rings, SEATS) with -1 for empty seats, `of_circle` (circles, 2)."""

    scheme: Ints
    members: Ints
    size: Ints
    begin: Ints
    end: Ints
    chance: Floats
    style: Ints
    gap: Floats
    bunch: Floats
    discount: Floats
    factor: Floats
    careless: Bools
    kinship: Ints
    of_circle: Ints


def plan_rings(rng: np.random.Generator, circles: Circles, total: int, share: float) -> Rings:
    """Plant rings so that about `share` of all tenders are theirs."""
    n = max(len(SCHEMES), round(total * share / TENDERS_PER_RING)) if share > 0 else 0
    seats = _seats(rng, circles, n)
    n = len(seats)
    scheme, circle = np.array([s[0] for s in seats], np.int64), np.array([s[1] for s in seats], np.int64)
    members = np.array([s[2] for s in seats], np.int64).reshape(n, SEATS)
    begin = START + (rng.random(n) * 0.5 * (END - START)).astype(np.int64) // DAY * DAY
    end = np.minimum(END, begin + rng.integers(540, 1080, n) * DAY)
    of_circle = np.full((circles.base.size, 2), -1)
    for ring, c in enumerate(circle):
        of_circle[c, int(of_circle[c, 0] >= 0)] = ring
    rivals = 1 + (of_circle[circle] >= 0).all(axis=1)
    means = np.array([c.mechanisms for c in CATEGORIES])[circles.category[circle]]
    suits = np.where(scheme == STEERING, means[:, MEAN_BENCHMARK], means[:, LOWEST] + means[:, SCORED])
    expected = total * circles.weight[circle] * suits * (end - begin) / (END - START) / rivals
    target = total * share / max(n, 1)
    careless = (rng.random((n, 5)) < [0.6, 0.4, 0.3, 0.4, 0.6]) & (rng.random((n, 1)) < 0.5)
    shy = np.isin(scheme, (SWAP, MIMIC))
    return Rings(
        scheme=scheme,
        members=members,
        size=(members >= 0).sum(axis=1),
        begin=begin,
        end=end,
        chance=np.clip(1.15 * target / np.maximum(expected, 1e-9), 0.02, 0.75),
        style=np.where(scheme == COVER, rng.choice(3, n, p=[0.5, 0.25, 0.25]), BUNCHED),
        gap=rng.uniform(0.006, 0.036, n),
        bunch=rng.uniform(0.003, 0.018, n) * np.where(np.isin(scheme, (COVER, ROTATION)), 1.0, 1.6),
        discount=rng.uniform(0.025, 0.075, n),
        factor=np.round(1 + rng.uniform(0.012, 0.055, (n, SEATS)), 4),
        careless=careless & ~shy[:, None],
        kinship=np.where(shy | (rng.random(n) > 0.3), 0, rng.integers(1, len(KINSHIP), n)),
        of_circle=of_circle,
    )


def _seats(rng: np.random.Generator, circles: Circles, n: int) -> list[tuple[int, int, list[int]]]:
    """Scheme, circle and members of each ring; at most two rings share a circle, never a firm."""
    book = np.array([c.price_book for c in CATEGORIES])[circles.category]
    averaged = np.array([c.mechanisms[MEAN_BENCHMARK] for c in CATEGORIES])[circles.category] > 0.2
    free = {
        int(c): rng.permutation(np.arange(circles.begin[c], circles.begin[c + 1] - 3)).tolist()
        for c in rng.permutation(circles.base.size)
        if not (circles.thin[c] or book[c])
    }
    taken = dict.fromkeys(free, 0)
    schemes = rng.permutation(np.arange(n) % len(SCHEMES))
    seats = []
    for scheme in schemes[np.argsort(schemes != STEERING, kind="stable")].tolist():
        size = int(rng.integers(3, 5)) if scheme == PARTIAL else int(rng.integers(4, 6))
        size = min(SEATS, size + (scheme == STEERING))
        fits = [
            c for c in free
            if taken[c] < 2 and len(free[c]) >= size and (scheme != STEERING or averaged[c])
        ]  # fmt: skip
        if not fits:
            continue
        circle = min(fits[:40], key=lambda c: taken[c])
        members = [free[circle].pop() for _ in range(size)]
        taken[circle] += 1
        if taken[circle] == 2:
            del free[circle]
        seats.append((int(scheme), circle, members + [-1] * (SEATS - size)))
    return seats
