"""Groups in average-bid auctions: do they enter together, and do they move the benchmark?

Where the bid nearest to a mean of bids wins, a group gains by entering in force and bidding to one side of
where the others bid (Conley and Decarolis 2016). Low dispersion and lonely winners say nothing there.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np
import polars as pl

from features.market.average_bid import FEWEST_BIDS, Sorted, award, rule, sorted_bids
from features.market.outcome import Outcome, require
from features.segments import Bools, Counts

FEWEST = 20
"""Tenders without which neither test says anything."""

ACTIVITY_CLASSES = 5
"""Classes of firms by number of entries, within which random groups are matched."""

SOURCE = "Conley and Decarolis 2016; the rule as in Italian public works"

_INVALID = (
    "a group picked because it enters or bids together in these very tenders, not from other evidence",
    "members that share a town, trade or size class: pass `like` so that random groups share it too",
    "consortia and subsidiaries that declare their bids lawfully",
    "another rule of award than the trimmed mean of this module",
)


def participation_test(
    bids: pl.LazyFrame, group: Collection[str], *, like: str | None = None, draws: int = 999, seed: int = 0
) -> Outcome:
    """Whether the members of a group meet in more tenders than firms as active as they are.

    `statistic` is the number of meetings (pairs of members in one tender) over its mean among random groups
    of the same size, matched on number of entries and on `like`; the p-value is the rank among them.

    Raises:
        ValueError: fewer than `FEWEST` tenders of five bids or more, or fewer than two members among them.

    >>> bids = pl.LazyFrame({"tender_id": [f"T{i // 6}" for i in range(240)], "price": [1.0] * 240,
    ...                      "bidder_id": [f"F{i % 6 + 6 * (i // 120)}" for i in range(240)]})
    >>> participation_test(bids, {"F0", "F1", "F2"}).details["meetings"]
    60.0
    """
    return _against_random("average bid: entering together", _meetings, bids, group, like, draws, seed)


def bid_test(
    bids: pl.LazyFrame, group: Collection[str], *, like: str | None = None, draws: int = 199, seed: int = 0
) -> Outcome:
    """Whether a group's bids move the benchmark more than those of firms as active as they are.

    The pull is the benchmark's change when the group's bids are taken out, as a share of the benchmark,
    whatever its direction, summed over tenders and divided by the group's summed shares of the bids.
    Members that bid independently pull against each other, so larger presence lowers it; only bids to one
    side raise it. `statistic` is that pull over its mean among random groups; the p-value is the rank.
    `details["changed_share"]` is the share of tenders with a member that another bid would have won.

    Raises:
        ValueError: fewer than `FEWEST` tenders of five bids or more, or fewer than two members among them.

    """
    found = _against_random("average bid: moving the benchmark", _pull, bids, group, like, draws, seed)
    entered = award(bids, group).filter((pl.col("members") > 0) & pl.col("changed").is_not_null())
    changed = entered["changed"].mean()
    details = {
        **found.details,
        "changed_share": float(changed) if isinstance(changed, float) else float("nan"),
    }
    return replace(found, details=details)


def _against_random(
    test: str,
    statistic: Callable[[Sorted, Bools], float],
    bids: pl.LazyFrame,
    group: Collection[str],
    like: str | None,
    draws: int,
    seed: int,
) -> Outcome:
    known, what = sorted_bids(bids, like), test.capitalize()
    member = known.firms["bidder_id"].is_in(list(group)).to_numpy()
    n = known.tenders.len()
    require(what, n, FEWEST, f"tenders of {FEWEST_BIDS} bids or more", "Take more tenders.")
    require(what, int(member.sum()), 2, "members that bid there", "Name other firms.")
    classes, rng = _classes(known), np.random.default_rng(seed)
    seen = statistic(known, member)
    drawn = np.array([statistic(known, _matched(member, classes, rng)) for _ in range(draws)])
    usual, name = float(drawn.mean()), statistic.__name__.strip("_")
    return Outcome(
        test,
        statistic=seen / usual if usual > 0 else float("nan"),
        n=n,
        unit="tenders",
        p_value=float((1 + (drawn >= seen - 1e-12).sum()) / (draws + 1)),
        invalid_if=_INVALID,
        source=SOURCE,
        details={"members": float(member.sum()), name: seen, f"{name}_of_random_groups": usual},
    )


def _classes(known: Sorted) -> Counts:
    """Class of each firm: like firms that entered about as often."""
    entries = np.bincount(known.firm, minlength=known.firms.height)
    place = pl.Series(entries).rank("average").to_numpy() / entries.size
    active = np.minimum((place * ACTIVITY_CLASSES).astype(np.int64), ACTIVITY_CLASSES - 1)
    alike = known.firms["like"].rank("dense").fill_null(0).to_numpy().astype(np.int64)
    return np.asarray(alike * ACTIVITY_CLASSES + active)


def _matched(member: Bools, classes: Counts, rng: np.random.Generator) -> Bools:
    """A random group with as many firms of every class as the group has, members not excluded."""
    in_class = np.argsort(classes, kind="stable")
    shuffled = np.lexsort((rng.random(member.size), classes))
    drawn = np.zeros_like(member)
    drawn[shuffled] = member[in_class]
    return drawn


def _meetings(known: Sorted, member: Bools) -> float:
    together = np.bincount(known.tender[member[known.firm]], minlength=known.tenders.len())
    return float((together * (together - 1) // 2).sum())


def _pull(known: Sorted, member: Bools) -> float:
    inside = member[known.firm]
    benchmark, _ = rule(known, np.ones(inside.size, np.bool_))
    without, _ = rule(known, ~inside)
    n = np.bincount(known.tender, minlength=benchmark.size)
    share = np.bincount(known.tender[inside], minlength=benchmark.size) / n
    judged = (share > 0) & ~np.isnan(without)
    moved = np.abs(without[judged] / benchmark[judged] - 1).sum()
    return float(moved / share[judged].sum()) if judged.any() else 0.0
