"""Lots that one member of a group won against most of the others, as arrays; and who else might have.

Every test of who wins what is conditional on which members bid, since the groups were found by who bids with
whom. `exchanged` deals the wins out anew: all ways to give each member as many wins as it had, each in a lot
that it entered, are equally likely when strength decides (Luce's choice rule: the chance of an assignment
depends on the numbers of wins alone). So members may differ in strength.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from features.segments import Bools, Counts, Segments

DRAWS = 999
"""Deals behind a p-value, so that 0.001 can be reached (the limit of rules O03, O04)."""

SWEEPS = 5
"""Rounds of swaps from one deal to the next."""


@dataclass(frozen=True)
class Contests:
    """Decided lots that two members or more and most of the group entered and exactly one of them won.

    Sorted by group and time. Lots where fewer meet say less about the group and blur what it does.

    `lots` has one row per contest with the columns of `group_entries` that describe a tender; `winner` is
    the winner's seat in its group, `present` (contests, seats) tells who bid; `cut` cuts contests into
    groups, `groups` names them.
    """

    lots: pl.DataFrame
    winner: Counts
    present: Bools
    cut: Segments
    groups: pl.Series

    @property
    def group(self) -> Counts:
        """Number of the group of each contest."""
        return self.cut.spread(np.arange(self.cut.n.size))

    @property
    def seats(self) -> int:
        """Seats of the largest group."""
        return int(self.present.shape[1])


def contests(group_entries: pl.LazyFrame, group_sets: pl.LazyFrame) -> Contests:
    """Collect the contests of all groups that have any."""
    key = ["group_id", "tender_id"]
    seat = group_sets.sort("group_id", "bidder_id").select(
        "group_id",
        "bidder_id",
        pl.int_range(pl.len()).over("group_id").alias("seat"),
        pl.len().over("group_id").alias("size"),
    )
    rows = (
        group_entries.filter(pl.col("present") >= 2)
        .filter(pl.col("won").sum().over(key) == 1)
        .join(seat, on=["group_id", "bidder_id"])
        .filter(2 * pl.col("present") > pl.col("size"))
        .sort("group_id", "deadline_at", "tender_id", "seat", nulls_last=True)
        .collect()
    )
    lots = rows.filter("won")
    of = rows.select(pl.struct(key).rle_id()).to_series().to_numpy()
    present = np.zeros((lots.height, int(rows["seat"].max() or 0) + 1), np.bool_)  # type: ignore[arg-type]
    present[of, rows["seat"].to_numpy()] = True
    runs = lots["group_id"].rle().struct.unnest()
    return Contests(
        lots,
        lots["seat"].to_numpy().astype(np.int64),
        present,
        Segments(runs["len"].to_numpy().astype(np.int64)),
        runs["value"],
    )


def partners(cut: Segments, rng: np.random.Generator) -> Counts:
    """Pair the rows of every group at random: row i with row s - i, modulo the length, for a random s.

    An involution without any sorting; over s, every two rows of a group get their turn.

    >>> other = partners(Segments(np.array([3, 4])), np.random.default_rng(0))
    >>> other[other].tolist()
    [0, 1, 2, 3, 4, 5, 6]
    """
    turn = np.floor(rng.random(cut.n.size) * cut.n).astype(np.int64)
    return np.asarray(cut.spread(cut.start) + (cut.spread(turn) - cut.position) % cut.spread(cut.n))


def exchanged(known: Contests, draws: int = DRAWS, seed: int = 0) -> Iterator[Counts]:
    """Deal the wins of every group anew, `draws` times: winners' seats, one entry per contest.

    Two contests swap winners where both entered both and a coin says so. The swaps are reversible and the
    observed deal sits at a random place of the chain, so ranks among the deals are exact however slowly the
    chain mixes (Besag and Clifford 1989).
    """
    rng = np.random.default_rng(seed)
    place = int(rng.integers(0, draws + 1))
    for length in (place, draws - place):
        winner = known.winner
        for _ in range(length):
            for _ in range(SWEEPS):
                winner = _swap(known, winner, rng)
            yield winner


def _swap(known: Contests, winner: Counts, rng: np.random.Generator) -> Counts:
    other = partners(known.cut, rng)
    row = np.arange(winner.size)
    fits = known.present[row, winner[other]]
    heads = (rng.random(winner.size) < 0.5)[np.minimum(row, other)]
    return np.asarray(np.where(fits & fits[other] & heads, winner[other], winner))


def drawn(known: Contests, draws: int = DRAWS, seed: int = 0) -> Iterator[Counts]:
    """Let a member that bid win each contest, all of them with equal chances."""
    rng = np.random.default_rng(seed)
    seats = np.nonzero(known.present)[1]
    bidders = Segments(known.present.sum(axis=1))
    for _ in range(draws):
        yield seats[bidders.start + (rng.random(bidders.n.size) * bidders.n).astype(np.int64)]
