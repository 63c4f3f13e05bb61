"""Who of a group wins what and when, against all deals of the same wins: one pass for all such tests."""

from collections.abc import Callable

import numpy as np
import polars as pl

from features.catalogue import frame
from features.group.contests import Contests, contests, exchanged
from features.segments import Counts, Floats

FACETS = {"region": "region", "buyer": "buyer_id", "category": "category", "year": "year"}
"""What wins may be divided by: name and column."""

_HAIR = 1e-9
Statistic = Callable[[Counts], Floats]


@frame
def exchanged_winners(group_entries: pl.LazyFrame, group_sets: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group with a decided contest and statistic.

    Columns: `group_id, statistic, n` (contests that the statistic reads), `observed`, `expected` (mean over
    deals), `low_p` and `high_p`: chance of a value as low or as high when the same wins are dealt anew.
    Statistics: "repeats" (the winner of the contest before wins again), "turns" (share of the other bidding
    members that won since the winner did, summed over contests) and, for each of `FACETS`, the mutual
    information of winner and facet in nats.
    """
    known = contests(group_entries, group_sets)
    return _tested(known, statistics(known)).lazy()


def statistics(known: Contests) -> dict[str, tuple[Counts, Statistic]]:
    """Every statistic by name: how many contests of each group it reads, and how to compute it."""
    lots = known.lots.with_columns(pl.col("deadline_at").dt.year().alias("year"))
    found = {"repeats": _repeats(known), "turns": _turns(known)}
    for name, column in FACETS.items():
        found[name] = _information(known, lots[column])
    return found


def _tested(known: Contests, asked: dict[str, tuple[Counts, Statistic]]) -> pl.DataFrame:
    observed = {name: compute(known.winner) for name, (_, compute) in asked.items()}
    low, high, total = ({name: np.zeros(known.cut.n.size) for name in asked} for _ in range(3))
    deals = 0
    for winner in exchanged(known):
        deals += 1
        for name, (_, compute) in asked.items():
            value = compute(winner)
            low[name] += value <= observed[name] + _HAIR
            high[name] += value >= observed[name] - _HAIR
            total[name] += value
    return pl.concat(
        pl.DataFrame(
            {
                "group_id": known.groups.cast(pl.String),
                "statistic": pl.Series([name] * known.cut.n.size, dtype=pl.String),
                "n": n,
                "observed": observed[name],
                "expected": total[name] / deals,
                "low_p": (1 + low[name]) / (deals + 1),
                "high_p": (1 + high[name]) / (deals + 1),
            }
        )
        for name, (n, _) in asked.items()
    )


def _repeats(known: Contests) -> tuple[Counts, Statistic]:
    """How often the winner of a group's contest had won the one before; undated contests have no order."""
    dated = known.lots["deadline_at"].is_not_null().to_numpy()
    follows = np.append(False, (np.diff(known.group) == 0) & dated[1:] & dated[:-1])[: dated.size]

    def compute(winner: Counts) -> Floats:
        again = follows & (winner == np.roll(winner, 1))
        return known.cut.sum(again.astype(np.float64))

    return known.cut.count(follows), compute


def _turns(known: Contests) -> tuple[Counts, Statistic]:
    """How far up the queue each winner stood: 1 where it had waited longest of those that bid, 0 shortest.

    Members that have not won yet have all waited equally long and count half against each other.
    """
    dated = known.lots["deadline_at"].is_not_null().to_numpy()
    rivals = known.present.sum(axis=1) - 1
    follows = (known.cut.position > 0) & dated & (rivals > 0)
    first, row = known.cut.spread(known.cut.start)[:, None], np.arange(dated.size)

    def compute(winner: Counts) -> Floats:
        last = np.full(known.present.shape, -1)
        if row.size:
            last[row[1:], winner[:-1]] = row[:-1]
        last = np.maximum.accumulate(last, axis=0)
        last = np.where(last >= first, last, -1)
        own = last[row, winner][:, None]
        since = ((last > own) + 0.5 * (last == own)) * known.present
        place = (since.sum(axis=1) - 0.5) / np.maximum(rivals, 1)
        return known.cut.sum(np.where(follows, place, 0.0))

    return known.cut.count(follows), compute


def _information(known: Contests, facet: pl.Series) -> tuple[Counts, Statistic]:
    """Mutual information of winner and facet over a group's contests where the facet is on record."""
    told = facet.is_not_null().to_numpy()
    lots = pl.DataFrame({"group": known.group, "facet": facet}).filter(pl.Series(told))
    area = lots.select(pl.struct("group", "facet").rank("dense")).to_series().to_numpy().astype(np.int64) - 1
    of = np.unique(np.column_stack([area, lots["group"].to_numpy()]), axis=0)[:, 1].astype(np.int64)
    n = known.cut.count(told)
    shape, safe = (int(of.size), known.seats), np.maximum(n, 1)
    log = np.zeros(told.size + 1)
    log[1:] = np.arange(1, told.size + 1) * np.log(np.arange(1, told.size + 1))
    of_area = np.bincount(area, minlength=of.size)

    def per_group(areas: Floats) -> Floats:
        return np.asarray(np.bincount(of, areas, known.cut.n.size), np.float64)

    def compute(winner: Counts) -> Floats:
        cells = np.bincount(area * shape[1] + winner[told], minlength=shape[0] * shape[1]).reshape(shape)
        wins = wins_of(winner[told], lots["group"].to_numpy(), known)
        joint = per_group(log[cells].sum(axis=1))
        return np.asarray((joint - per_group(log[of_area]) - log[wins].sum(axis=1) + log[n]) / safe)

    return n, compute


def wins_of(winner: Counts, group: Counts, known: Contests) -> Counts:
    """Wins by group and seat."""
    shape = (known.cut.n.size, known.seats)
    return np.bincount(group * shape[1] + winner, minlength=shape[0] * shape[1]).reshape(shape)


def winners_entropy(known: Contests) -> Floats:
    """Entropy of each group's winners in nats: the most that a facet can tell about them."""
    share = wins_of(known.winner, known.group, known) / known.cut.n[:, None]
    return np.asarray(-(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1))
