"""Cohesion and exclusivity against shuffled entries that keep how often each firm and tender is met."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block
from features.group.incidence import Incidence, coded_incidence, cohesion_and_exclusivity
from features.group.shuffle import shuffled
from features.group.structure import WACHS
from features.segments import Counts, Floats, Segments

SHUFFLES = 99
BURN_IN = 20
BETWEEN = 4
"""Rounds in which every entry is offered one swap: before the first shuffle, and between two."""

_SELECTED = (
    "a spread among shuffles; groups were found because their members meet often, so this orders groups "
    "and is "
    "no test"
)


@block(
    Grain.GROUP,
    {
        "cohesion_z": Column("Cohesion less its mean among shuffles, in their standard deviations.",
                             "凝聚度标准分", "deviations", _SELECTED, WACHS),
        "exclusivity_z": Column("Exclusivity less its mean among shuffles, in their standard deviations.",
                                "排他度标准分", "deviations", _SELECTED, WACHS),
        "exclusivity_rank": Column("Share of shuffles in which exclusivity is as high or higher, the data "
                                   "counted "
                                   "as one.", "排他度随机排名", "share", _SELECTED, WACHS),
    },
    on_demand=True,
)  # fmt: skip
def group_structure_null(
    coded_entries: pl.LazyFrame, submarkets: pl.LazyFrame, group_sets: pl.LazyFrame,
    tender_codes: pl.LazyFrame, bidder_codes: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """Standing of each group among markets whose entries are swapped at random within every sub-market.

    A hundred shuffles of all entries: minutes for ten million bids.
    """
    known = coded_incidence(coded_entries, submarkets, group_sets, tender_codes, bidder_codes)
    cohesion, exclusivity = cohesion_and_exclusivity(known, known.bidder)
    made = [cohesion_and_exclusivity(known, bidder) for bidder in shuffles(known, SHUFFLES)]
    cohesive, exclusive = (np.array([pair[k] for pair in made]) for k in (0, 1))
    rank = (1 + (exclusive >= exclusivity - 1e-12).sum(axis=0)) / (SHUFFLES + 1)
    return pl.LazyFrame(
        {
            "group_id": known.groups,
            "cohesion_z": _standing(cohesion, cohesive),
            "exclusivity_z": _standing(exclusivity, exclusive),
            "exclusivity_rank": rank,
        }
    ).with_columns(pl.col("cohesion_z", "exclusivity_z").fill_nan(None))


def _standing(seen: Floats, made: Floats) -> Floats:
    spread = made.std(axis=0)
    return np.asarray((seen - made.mean(axis=0)) / np.where(spread > 1e-12, spread, np.nan))


def shuffles(known: Incidence, count: int, seed: int = 0) -> Iterator[Counts]:
    """Bidders of the entries after degree-preserving swaps; tenders keep their places.

    Swaps of two entries of one sub-market (Gotelli and Graves 1996), as many as fit at a time.
    """
    rng, bidder = np.random.default_rng(seed), known.bidder
    cut = Segments(np.diff(np.flatnonzero(np.append(True, np.append(np.diff(known.cell) != 0, True)))))
    for _ in range(BURN_IN - BETWEEN):
        bidder = swapped(known.tender, bidder, cut, rng)
    for _ in range(count):
        for _ in range(BETWEEN):
            bidder = swapped(known.tender, bidder, cut, rng)
        yield bidder


def swapped(tender: Counts, bidder: Counts, cut: Segments, rng: np.random.Generator) -> Counts:
    """Offer every entry one swap of bidders with another entry of its segment.

    A swap is refused if it would put a bidder into a tender twice: in which it stands already, or into which
    another swap of the round brings it.
    """
    order = shuffled(cut, rng)
    first = np.flatnonzero((cut.position % 2 == 0) & (cut.position + 1 < cut.spread(cut.n)))
    a, b = order[first], order[first + 1]
    firms = int(bidder.max(initial=0)) + 1
    have = np.sort(tender * firms + bidder)
    to_a, to_b = tender[a] * firms + bidder[b], tender[b] * firms + bidder[a]
    both = np.concatenate([to_a, to_b])
    place = np.minimum(np.searchsorted(have, both), have.size - 1)
    _, kind, times = np.unique(both, return_inverse=True, return_counts=True)
    fits = ((have[place] != both) & (times[kind] == 1)).reshape(2, -1).all(axis=0)
    made = bidder.copy()
    made[a[fits]], made[b[fits]] = bidder[b[fits]], bidder[a[fits]]
    return made
