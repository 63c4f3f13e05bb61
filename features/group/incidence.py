"""Who entered which tender, seen from the groups: weights inside a group and of all that touches it."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.segments import Counts, Floats, Segments
from features.tie.joint_bids import all_pairs

MISSING = 0.1
"""Meetings that two members who never met count as, so that a geometric mean exists."""


@dataclass(frozen=True)
class Incidence:
    """Entries as numbers: `tender` and `bidder` per entry, `cell` the sub-market of each entry.

    Memberships are sorted by bidder: `group` and `seat` per membership, `of_bidder` cuts them; bidders
    without a group have none. `size` has one entry per group, `groups` names them.
    """

    tender: Counts
    bidder: Counts
    cell: Counts
    group: Counts
    seat: Counts
    first: Counts
    count: Counts
    size: Counts
    groups: pl.Series


def incidence(priced_bids: pl.LazyFrame, submarkets: pl.LazyFrame, group_sets: pl.LazyFrame) -> Incidence:
    """Collect entries and memberships."""
    seats = group_sets.sort("group_id", "bidder_id").select(
        "group_id", "bidder_id", pl.int_range(pl.len(), dtype=pl.Int64).over("group_id").alias("seat")
    )
    entries = (
        priced_bids.select("tender_id", "bidder_id").unique()
        .join(submarkets, on="tender_id")
        .select(
            pl.col("tender_id").rank("dense").alias("tender"),
            pl.col("submarket").rank("dense").alias("cell"),
            "bidder_id",
        )
        .sort("cell", "tender", "bidder_id").collect()
    )  # fmt: skip
    members = seats.collect()
    names = pl.concat([entries["bidder_id"], members["bidder_id"]]).unique().sort()
    code = pl.DataFrame({"bidder_id": names}).with_row_index("bidder")
    member = members.join(code, on="bidder_id").sort("bidder", "group_id")
    of = member["bidder"].to_numpy().astype(np.int64)
    groups = members["group_id"].unique().sort()
    count = np.bincount(of, minlength=names.len())
    return Incidence(
        tender=entries["tender"].to_numpy().astype(np.int64) - 1,
        bidder=entries.join(code, on="bidder_id", maintain_order="left")["bidder"]
        .to_numpy()
        .astype(np.int64),
        cell=entries["cell"].to_numpy().astype(np.int64) - 1,
        group=member["group_id"].rank("dense").to_numpy().astype(np.int64) - 1,
        seat=member["seat"].to_numpy(),
        first=np.cumsum(count) - count,
        count=count,
        size=members.group_by("group_id").len().sort("group_id")["len"].to_numpy().astype(np.int64),
        groups=groups,
    )


def coded_incidence(
    coded_entries: pl.LazyFrame, submarkets: pl.LazyFrame, group_sets: pl.LazyFrame,
    tender_codes: pl.LazyFrame, bidder_codes: pl.LazyFrame,
) -> Incidence:  # fmt: skip
    """The same from entries in numbers, which are in the order of the ids."""
    places = submarkets.join(tender_codes.select("tender_id", "tender"), on="tender_id")
    sets = group_sets.join(bidder_codes, on="bidder_id")
    return incidence(
        coded_entries.select(tender_id="tender", bidder_id="bidder"),
        places.select("submarket", tender_id="tender"),
        sets.select("group_id", bidder_id="bidder"),
    )


def cohesion_and_exclusivity(known: Incidence, bidder: Counts) -> tuple[Floats, Floats]:
    """Both measures of every group when `bidder` made the entries.

    Weights are numbers of meetings. Cohesion is the geometric over the arithmetic mean of the weights among
    members, exclusivity the weight inside over the weight of all meetings that involve a member.
    """
    size = np.bincount(known.tender)
    n = known.count[bidder]
    held = Segments(n[n > 0])
    row = held.spread(known.first[bidder[n > 0]]) + held.position
    tender, group, seat = held.spread(known.tender[n > 0]), known.group[row], known.seat[row]
    order = np.lexsort((seat, tender, group))
    tender, group, seat = tender[order], group[order], seat[order]
    ends = np.flatnonzero(np.append(True, (np.diff(group) != 0) | (np.diff(tender) != 0)))[: group.size]
    met = Segments(np.diff(np.append(ends, group.size)))
    of, firms = group[met.start], size[tender[met.start]]
    inside = _per_group(known, of, _pairs(met.n))
    touching = _per_group(known, of, _pairs(firms) - _pairs(firms - met.n))
    a, b = all_pairs(met.n)
    seats = int(known.size.max(initial=0))
    code = group[a] * seats**2 + seat[a] * seats + seat[b]
    weight = np.bincount(code, minlength=known.size.size * seats**2).reshape(known.size.size, seats, seats)
    real = np.arange(seats) < known.size[:, None]
    upper = np.triu(np.ones((seats, seats), np.bool_), 1) & real[:, :, None] & real[:, None, :]
    logs = np.where(upper, np.log(np.maximum(weight, MISSING)), 0.0).sum(axis=(1, 2))
    pairs = _pairs(known.size)
    mean = np.where(upper, np.maximum(weight, MISSING), 0.0).sum(axis=(1, 2)) / pairs
    return np.exp(logs / pairs) / mean, inside / np.maximum(touching, 1)


def _pairs(n: Counts) -> Floats:
    return np.asarray(n * (n - 1) / 2, np.float64)


def _per_group(known: Incidence, of: Counts, value: Floats) -> Floats:
    return np.asarray(np.bincount(of, value, known.size.size), np.float64)
