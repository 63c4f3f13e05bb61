"""Who wins: the award mechanisms, on valid bids, from the amounts as they stand on record."""

from dataclasses import dataclass

import numpy as np

from records.simulation.arrays import Bools, Floats, Ints, lowest, position, totals
from records.simulation.firms import Firms
from records.simulation.places import FIXED, LOTTERY, MEAN_BENCHMARK, SCORED
from records.simulation.rings import Bids
from records.simulation.tenders import Tenders

EXPERTS = 5
TRIM_FROM = 7
"""From so many valid bids on, the highest and the lowest do not count for the benchmark."""
PENALTY = (2.0, 1.0)
"""Points per per cent above and below the benchmark."""


@dataclass(frozen=True)
class Outcome:
    """What came of a step's bids.

    Per bid: `valid`, `rank` (0 if not valid), `marks` (bids, EXPERTS); per tender: `benchmark` in fen
    and the drawn `ball`.
    """

    valid: Bools
    rank: Ints
    marks: Floats
    benchmark: Floats
    ball: Ints


def decide(
    rng: np.random.Generator, tenders: Tenders, bids: Bids, amount: Ints, submitted: Ints, firms: Firms
) -> Outcome:
    """Reject a few bids, then rank the others by the tender's mechanism."""
    t, size = bids.tender, tenders.size
    valid = _valid(rng, bids, size)
    marks = _marks(rng, bids, firms)
    price, mechanism = amount.astype(np.float64), tenders.mechanism[t]
    benchmark = _benchmark(tenders, t[valid], price[valid])
    off = (price / benchmark[t] - 1) * 100
    deviation = np.where(off > 0, PENALTY[0] * off, -PENALTY[1] * off)
    best = lowest(t[valid], price[valid], size)
    weight = tenders.price_weight[t]
    score = weight * 100 * best[t] / price + (1 - weight) * marks.mean(axis=1)
    ball, drawn = _drawn(rng, t, valid, submitted, size)
    key = np.select(
        [mechanism == MEAN_BENCHMARK, np.isin(mechanism, (SCORED, FIXED)), mechanism == LOTTERY],
        [deviation, -score, drawn],
        price,
    )
    order = np.lexsort((submitted, price, key, ~valid, t))
    rank = np.empty(t.size, np.int64)
    rank[order] = position(t[order]) + 1
    return Outcome(valid, np.where(valid, rank, 0), marks, benchmark, ball)


def _valid(rng: np.random.Generator, bids: Bids, size: int) -> Bools:
    """About 3 % of bids are rejected, at most one per tender and never below three valid ones."""
    unlucky = (rng.random(bids.tender.size) < 0.03) & (np.bincount(bids.tender, minlength=size) >= 4)[
        bids.tender
    ]
    rejected = np.flatnonzero(unlucky)
    rejected = rejected[position(bids.tender[rejected]) == 0]
    valid = np.ones(bids.tender.size, bool)
    valid[rejected] = False
    return valid


def _marks(rng: np.random.Generator, bids: Bids, firms: Firms) -> Floats:
    """Experts' marks out of 100, in half points; cover bids come with poor technical offers."""
    cover = (bids.ring >= 0) & ~bids.chosen
    offer = firms.quality[bids.firm] + rng.normal(0, 2.5, bids.firm.size) - 7 * cover
    noise = rng.normal(0, 1.5, (bids.firm.size, EXPERTS))
    return np.clip(np.round((offer[:, None] + noise) * 2) / 2, 40, 99.5)


def _benchmark(tenders: Tenders, tender: Ints, price: Floats) -> Floats:
    """Weighted mean of ceiling and average bid, cut by the drawn coefficient, rounded to the fen."""
    n = totals(tender, np.ones(tender.size), tenders.size)
    total = totals(tender, price, tenders.size)
    extremes = lowest(tender, price, tenders.size) - lowest(tender, -price, tenders.size)
    trim = n >= TRIM_FROM
    mean = np.where(trim, total - extremes, total) / np.where(trim, n - 2, n)
    blend = tenders.weight * tenders.ceiling + (1 - tenders.weight) * mean
    return np.asarray(np.round(blend * (1 - tenders.cut)), np.float64)


def _drawn(
    rng: np.random.Generator, tender: Ints, valid: Bools, submitted: Ints, size: int
) -> tuple[Ints, Floats]:
    """Ball (1-based, valid bids by submission) that was drawn, and a key that puts it first."""
    n = totals(tender, valid, size)
    ball = 1 + np.floor(rng.random(size) * n).astype(np.int64)
    order = np.lexsort((submitted, ~valid, tender))
    number = np.empty(tender.size, np.int64)
    number[order] = position(tender[order]) + 1
    return ball, np.where(number == ball[tender], 0, number).astype(np.float64)
