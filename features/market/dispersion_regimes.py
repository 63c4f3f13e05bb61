"""Regimes of price dispersion: when bids of a market drew together or apart, and by how much."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from features.market.outcome import Outcome, need_columns, require
from features.segments import Bools, Counts, Floats

FEWEST = 20
"""Tenders that a regime must have on either side of a change."""

CHUNK = 2_000_000
"""Values permuted at once, which bounds memory."""

SOURCE = "Abrantes-Metz et al. 2006 on variance screens; Andrews 1993 on sup tests; Pettitt 1979 on ranks"

_INVALID = (
    "tenders that became larger, smaller or differently contested: dispersion falls with rivals and size",
    "a new rule at the same time: a price floor, another award method, electronic bidding",
    "dispersion that drifts or is autocorrelated: tenders are taken to be exchangeable within a regime",
    "a change near either end, where fewer tenders lie than a regime must have",
)


@dataclass(frozen=True)
class Change:
    """One change of level: the first tender after it, medians before and after, its p-value.

    The medians are those of the neighbouring regimes, as finally cut.
    """

    at: date
    before: float
    after: float
    p_value: float


@dataclass(frozen=True)
class Regimes(Outcome):
    """A test of no change at all, and the changes found in order of time."""

    changes: tuple[Change, ...] = ()


def dispersion_regimes(
    tenders: pl.LazyFrame,
    *,
    value: str = "bid_cv",
    level: float = 0.01,
    resamples: int = 999,
    seed: int = 0,
) -> Regimes:
    """Change points of dispersion over time, by binary segmentation with a permutation null.

    Tenders are ordered by deadline and their values ranked. `statistic` is the largest squared standardised
    rank sum over all cuts (Kruskal and Wallis's statistic of two groups, at its best cut), so outliers and
    units do not matter. `p_value` is how often a random order of the same values reaches it. While a part
    shows a change at `level`, it is cut there and both sides are tested again: where nothing changed, a
    change is reported with chance `level`. Tenders with one deadline are never parted.

    Args:
        tenders: a frame with `deadline_at` and the value, as the tender grain has.
        value: the column whose level is watched.
        level: p-value up to which a part is cut.
        resamples: random orders per part.
        seed: of these orders.

    Raises:
        ValueError: fewer than twice `FEWEST` tenders with deadline and value, or all in too few moments.

    >>> from datetime import datetime
    >>> days = pl.datetime_range(datetime(2020, 1, 1), datetime(2020, 4, 9), "1d", eager=True)
    >>> cv = np.r_[np.tile([0.01, 0.02], 25), np.tile([0.07, 0.08], 25)]
    >>> found = dispersion_regimes(pl.LazyFrame({"deadline_at": days, "bid_cv": cv}))
    >>> [(str(c.at.date()), round(c.before, 3), round(c.after, 3), c.p_value) for c in found.changes]
    [('2020-02-20', 0.015, 0.075, 0.001)]
    """
    need_columns("The test of regimes", tenders, ("deadline_at", value))
    moment, level_of = pl.col("deadline_at"), pl.col(value).cast(pl.Float64)
    known = (
        tenders.select(moment, level_of.alias("value")).drop_nulls().drop_nans().sort("deadline_at", "value")
    ).collect()
    require("The test of regimes", known.height, 2 * FEWEST, "tenders", "Take a longer period.")
    ranks = known["value"].rank("average").to_numpy()
    new_moment = (known["deadline_at"] != known["deadline_at"].shift()).fill_null(False).to_numpy()
    rng = np.random.default_rng(seed)
    tests = list(_segment(ranks, new_moment, level, resamples, rng))
    if not tests:
        raise ValueError(
            f"Deadlines leave no cut with {FEWEST} tenders on either side; take a longer period."
        )
    found = sorted((at, p) for at, _, p in tests if p <= level)
    parts = np.split(known["value"].to_numpy(), [at for at, _ in found])
    changes = (
        Change(known["deadline_at"][at], float(np.median(before)), float(np.median(after)), p)
        for (at, p), before, after in zip(found, parts[:-1], parts[1:], strict=True)
    )
    return Regimes(
        "dispersion regimes",
        statistic=tests[0][1],
        n=known.height,
        unit="tenders",
        p_value=tests[0][2],
        invalid_if=_INVALID,
        source=SOURCE,
        details={"changes": float(len(found))},
        changes=tuple(changes),
    )


def _segment(
    ranks: Floats, new_moment: Bools, level: float, resamples: int, rng: np.random.Generator, first: int = 0
) -> Iterator[tuple[int, float, float]]:
    """Best cut, statistic and p-value of the whole, then of its parts while they show a change."""
    cuts = np.flatnonzero(new_moment)
    cuts = cuts[(cuts >= FEWEST) & (cuts <= ranks.size - FEWEST)]
    if cuts.size == 0:
        return
    seen = _statistics(ranks[None, :], cuts)[0]
    at, best = int(cuts[seen.argmax()]), float(seen.max())
    p = _p_value(ranks, cuts, best, resamples, rng)
    yield first + at, best, p
    if p <= level:
        yield from _segment(ranks[:at], new_moment[:at], level, resamples, rng, first)
        yield from _segment(ranks[at:], new_moment[at:], level, resamples, rng, first + at)


def _statistics(orders: Floats, cuts: Counts) -> Floats:
    """Squared standardised rank sum before each cut; zero where all ranks are equal."""
    n = orders.shape[1]
    variance = orders[0].var(ddof=1)
    if variance == 0:
        return np.zeros((len(orders), cuts.size))
    ahead = np.cumsum(orders - orders[0].mean(), axis=1)[:, cuts - 1]
    return np.asarray(ahead**2 / (variance * cuts * (n - cuts) / n))


def _p_value(ranks: Floats, cuts: Counts, best: float, resamples: int, rng: np.random.Generator) -> float:
    at_once = max(1, CHUNK // ranks.size)
    reached = 0
    for done in range(0, resamples, at_once):
        orders = np.tile(ranks, (min(at_once, resamples - done), 1))
        largest = _statistics(rng.permuted(orders, axis=1), cuts).max(axis=1)
        reached += int((largest >= best - 1e-9).sum())
    return (1 + reached) / (resamples + 1)
