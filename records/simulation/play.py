"""The market's course: step by step in calendar order, everything as numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from records.simulation.arrays import Floats, Ints, totals
from records.simulation.awards import Outcome, decide
from records.simulation.entry import entrants
from records.simulation.firms import Buyers, Circles, Firms, make_buyers, make_circles, make_firms
from records.simulation.plans import Rings, plan_rings
from records.simulation.prices import bid_amounts
from records.simulation.rings import Bids, enter
from records.simulation.tenders import DAY, START, Tenders, make_tenders, price_index
from records.simulation.traces import Traces, leave_traces, upload_times

STEPS, LARGEST_STEP = 48, 5_000
_T = TypeVar("_T", Tenders, Bids, Outcome, Traces)


@dataclass(frozen=True)
class World:
    """Everything that stands before the first tender."""

    seed: int
    total: int
    lookalikes: bool
    circles: Circles
    firms: Firms
    buyers: Buyers
    rings: Rings
    index: Floats
    carriers: int


@dataclass(frozen=True)
class Step:
    """Some consecutive tenders and all that happened in them."""

    tenders: Tenders
    bids: Bids
    amount: Ints
    outcome: Outcome
    traces: Traces


def make_world(total: int, seed: int, ring_share: float, lookalikes: bool) -> World:
    """Set the stage; the same arguments give the same world."""
    rng = np.random.default_rng([seed, 0])
    circles = make_circles(rng, total, lookalikes)
    firms = make_firms(rng, circles, lookalikes)
    buyers, index = make_buyers(rng, total), price_index(rng)
    rings = plan_rings(np.random.default_rng([seed, 1]), circles, total, ring_share)
    return World(seed, total, lookalikes, circles, firms, buyers, rings, index, max(2, total // 3000))


def play(world: World) -> Iterator[Step]:
    """Yield the steps of a market; work won in one step makes a firm busier in the next ones."""
    size = min(LARGEST_STEP, -(-world.total // STEPS))
    load = np.zeros(world.firms.circle.size)
    turns = np.zeros(world.rings.scheme.size, np.int64)
    before = START
    for k, first in enumerate(range(0, world.total, size)):
        rng = np.random.default_rng([world.seed, 2, k])
        numbers = np.arange(first, min(first + size, world.total))
        step = _step(rng, world, numbers, load, turns)
        now = int(step.tenders.deadline[-1])
        load *= np.exp(-(now - before) / (270 * DAY))
        load += _won(world, step)
        before = now
        yield step


def _step(rng: np.random.Generator, world: World, numbers: Ints, load: Floats, turns: Ints) -> Step:
    w = world
    tenders = make_tenders(rng, numbers, w.total, w.circles, w.buyers, w.index)
    honest = entrants(rng, tenders, w.circles, w.firms, load)
    bids = enter(rng, tenders, honest, w.rings, turns)
    amount = bid_amounts(rng, tenders, bids, w.firms, load, w.rings, w.lookalikes)
    submitted = upload_times(rng, tenders, bids)
    outcome = decide(rng, tenders, bids, amount, submitted, w.firms)
    traces = leave_traces(rng, tenders, bids, w.firms, w.rings, w.carriers, w.lookalikes, submitted)
    return Step(tenders, bids, amount, outcome, traces)


def _won(world: World, step: Step) -> Floats:
    won = step.outcome.rank == 1
    firm = step.bids.firm[won]
    return totals(firm, step.amount[won] / 100 / world.firms.capacity[firm], world.firms.circle.size)


def stack(steps: list[Step]) -> Step:
    """Join steps into one, tender indexes running on."""
    sizes = np.cumsum([0, *(s.tenders.size for s in steps)])
    offsets = sizes[:-1].tolist()
    return Step(
        _join([s.tenders for s in steps], offsets),
        _join([s.bids for s in steps], offsets),
        np.concatenate([s.amount for s in steps]),
        _join([s.outcome for s in steps], offsets),
        _join([s.traces for s in steps], offsets),
    )


def _join(parts: list[_T], offsets: list[int]) -> _T:
    """Concatenate every field; fields that index tenders are shifted."""
    joined = {
        f.name: np.concatenate(
            [
                getattr(part, f.name) + offset if f.name in ("tender", "lead") else getattr(part, f.name)
                for part, offset in zip(parts, offsets, strict=True)
            ]
        )
        for f in fields(parts[0])
    }
    return type(parts[0])(**joined)
