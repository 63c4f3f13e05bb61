"""What is bid: honest prices from costs, ring prices from the scheme; money in fen."""

import numpy as np

from records.simulation.arrays import Bools, Floats, Ints, lowest, position, totals
from records.simulation.entry import distance
from records.simulation.firms import Firms
from records.simulation.places import CATEGORIES, FIXED, LOTTERY, MEAN_BENCHMARK, RATE
from records.simulation.plans import COVER, MIMIC, PARTIAL, RATIO, STEERING, STEPS, SWAP, Rings
from records.simulation.rings import Bids
from records.simulation.tenders import TYPICAL_COST, TYPICAL_SPREAD, Tenders

_FOCUS = 0.07
"""Usual discount under a mean benchmark, at which honest bidders aim."""


def bid_amounts(
    rng: np.random.Generator,
    tenders: Tenders,
    bids: Bids,
    firms: Firms,
    load: Floats,
    rings: Rings,
    price_book: bool,
) -> Ints:
    """Amount of each bid in fen, never above the ceiling."""
    ratio = _honest(rng, tenders, bids, firms, load)
    book = np.array([c.price_book for c in CATEGORIES])[tenders.category] & price_book
    listed = 0.99 - 0.04 * ((tenders.number * 7919 % 5) / 4)[bids.tender]
    own = np.where(rng.random(ratio.size) < 0.9, rng.normal(0, 0.0025, ratio.size), 0.0)
    ratio = np.where(book[bids.tender], listed + own, ratio)
    exact = np.zeros(ratio.size, bool)
    if (bids.ring >= 0).any():
        ratio, exact = _ring_prices(rng, tenders, bids, ratio, rings)
    near = np.where(bids.ring >= 0, 0.003, 0.014) * rng.exponential(1, ratio.size)
    ratio = np.where(ratio > 0.998, 0.998 - near, ratio)
    return _rounded(rng, tenders, bids, np.maximum(ratio, 0.55), exact, book)


def _honest(rng: np.random.Generator, tenders: Tenders, bids: Bids, firms: Firms, load: Floats) -> Floats:
    """Ratio to the ceiling: common and private cost, distance and backlog, and a margin that falls with n."""
    t, n = bids.tender, totals(bids.tender, np.ones(bids.tender.size), tenders.size)
    far = distance(tenders, firms, t, bids.firm) / 1000
    private = rng.normal(0, 1, t.size) * tenders.spread[t]
    burden = np.minimum(load[bids.firm], 3) * 0.008
    cost = tenders.cost[t] + firms.efficiency[bids.firm] + 0.03 * far + burden + private
    first_price = cost * np.exp(0.015 + 0.14 / np.maximum(n[t], 2))
    focus = _FOCUS + 0.9 * (TYPICAL_COST - tenders.cost[t])
    width = 0.022 * (tenders.spread[t] / TYPICAL_SPREAD)
    wild = np.where(rng.random(t.size) < 0.06, 3.0, 1.0)
    averaged = 1 - focus + firms.efficiency[bids.firm] / 2 + wild * width * rng.normal(0, 1, t.size)
    return np.where(tenders.mechanism[t] == MEAN_BENCHMARK, averaged, first_price)


def _ring_prices(
    rng: np.random.Generator, tenders: Tenders, bids: Bids, honest: Floats, rings: Rings
) -> tuple[Floats, Bools]:
    """Replace the prices of ring bids; the second array marks prices that follow an exact pattern."""
    inside = bids.ring >= 0
    t, ring = bids.tender, bids.ring
    scheme, style = rings.scheme[ring], np.where(inside, rings.style[ring], -1)
    base = 1 - rings.discount[ring] - 0.008 * rng.normal(0, 1, tenders.size)[t]
    outside = lowest(t[~inside], honest[~inside], tenders.size)[t]
    undercut = np.minimum(
        base, np.where(np.isfinite(outside), outside, 1) - rng.uniform(-0.012, 0.02, t.size)
    )
    reacts = (scheme == PARTIAL) | (rng.random(tenders.size) < 0.6)[t]
    goal = np.where(reacts, undercut, base)
    win = totals(t, np.where(bids.chosen, goal, 0), tenders.size)[t]
    gap = rings.gap[ring] * rng.lognormal(0, 0.3, tenders.size)[t]
    noise = np.abs(rng.normal(0, 1, t.size)) * rings.bunch[ring] * np.where(scheme == SWAP, 1.8, 1.0)
    step = np.round(0.35 * gap, 4)
    cover = np.select(
        [style == STEPS, style == RATIO],
        [win * (1 + step * _place(bids)), win * rings.factor[ring, bids.seat]],
        win * (1 + gap + noise),
    )
    made = np.where(bids.chosen, win, cover)
    made = np.where(scheme == MIMIC, _reordered(bids, honest + 0.02), made)
    made = np.where(scheme == STEERING, _steered(rng, tenders, bids), made)
    exact = inside & np.isin(scheme, (COVER,)) & np.isin(style, (STEPS, RATIO)) & (made < 0.998)
    return np.where(inside, made, honest), exact


def _place(bids: Bids) -> Ints:
    """Place of each cover bid behind the chosen one within its tender's ring: 1, 2, ..."""
    order = np.lexsort((bids.seat, ~bids.chosen, bids.ring < 0, bids.tender))
    place = np.empty(order.size, np.int64)
    place[order] = position(bids.tender[order])
    return place


def _reordered(bids: Bids, honest: Floats) -> Floats:
    """Honest-looking prices, handed out so that the chosen member holds the lowest of the ring's."""
    by_price = np.lexsort((honest, bids.ring < 0, bids.tender))
    by_choice = np.lexsort((bids.seat, ~bids.chosen, bids.ring < 0, bids.tender))
    out = np.empty_like(honest)
    out[by_choice] = honest[by_price]
    return out


def _steered(rng: np.random.Generator, tenders: Tenders, bids: Bids) -> Floats:
    """Helpers lift the average, the chosen member waits where the benchmark is then expected."""
    t, n_tenders = bids.tender, tenders.size
    helper = (bids.ring >= 0) & ~bids.chosen
    lifted = 1 - 0.012 - np.abs(rng.normal(0, 0.006, t.size))
    n_helpers, n = totals(t, helper, n_tenders), totals(t, np.ones(t.size), n_tenders)
    guess = 1 - _FOCUS + rng.normal(0, 0.006, n_tenders)
    mean = (n_helpers * 0.983 + (n - n_helpers) * guess) / np.maximum(n, 1)
    benchmark = (0.35 + 0.65 * mean) * (1 - 0.0175)
    return np.where(helper, lifted, benchmark[t] - 0.002)


def _rounded(
    rng: np.random.Generator,
    tenders: Tenders,
    bids: Bids,
    ratio: Floats,
    exact: Bools,
    book: Bools,
) -> Ints:
    """Round to each bidder's habit: fen, yuan, ten, hundred or thousand yuan."""
    t = bids.tender
    ceiling, mechanism = tenders.ceiling[t], tenders.mechanism[t]
    habit = rng.choice(np.array([1, 100, 100, 1000, 10_000, 100_000]), ratio.size)
    habit = np.where(exact, 100, np.minimum(habit, np.maximum(ceiling // 5000, 1)))
    habit = np.where(book[t], 10_000, habit)
    ratio = np.where(mechanism == RATE, np.round(ratio, 3), ratio)
    habit = np.where(mechanism == RATE, 1, habit)
    amount = np.minimum(np.round(ceiling * ratio / habit).astype(np.int64) * habit, ceiling)
    flat = np.isin(mechanism, (FIXED, LOTTERY))
    return np.where(flat, (ceiling * 96 // 100) // 100 * 100, np.maximum(amount, 100))
