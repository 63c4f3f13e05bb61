"""Whether a group moves the benchmark of mean-benchmark tenders, and wins by it (rules Q08)."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block
from features.group.contests import DRAWS
from features.market.average_bid import FEWEST_BIDS, Sorted, rule
from features.segments import Bools, Counts, Floats, Segments

_LOTS = "a mean-benchmark tender of five valid bids or more with two members or more and an outsider"
_NULL = f"{_LOTS}; conditional on how many members bid in each"
_RULE = "the rule of award is taken to be the trimmed mean of features/market/average_bid.py"
_HAIR = 1e-12


@block(
    Grain.GROUP,
    {
        "benchmark_lots": Column("Mean-benchmark tenders of five valid bids or more with two members or "
                                 "more and "
                                 "an outsider.", "均值法标段数", "tenders", _LOTS, "rules Q08"),
        "benchmark_pull": Column("By how much the members' bids move the mean of the bids, as a share of "
                                 "it, up "
                                 "or down: mean over lots.", "均值牵引幅度", "share", _LOTS,
                                 "rules Q08; Conley and Decarolis 2016"),
        "benchmark_pull_p": Column("Chance of so much pull by as many of each lot's bidders drawn at random.",
                                   "均值牵引的偶然概率", "probability", _NULL, "rules Q08"),
        "pivotal_wins": Column("Lots that a member would win and would not without the other members' bids.",
                               "依靠成员报价中标的标段数", "tenders", f"{_LOTS}; {_RULE}", "rules Q08"),
        "pivotal_wins_p": Column(
            "Chance of so many such wins when, in lots that a member would win, as many others are drawn "
            "at random "
            "in place of the other members.", "依靠成员报价中标的偶然概率", "probability", f"{_NULL}; "
            f"{_RULE}",
            "rules Q08"),
    },
)  # fmt: skip
def group_benchmark(group_entries: pl.LazyFrame, priced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group with such a tender."""
    rows = _rows(group_entries, priced_bids)
    known = _known(rows)
    pull, pulls, pivots = (
        _pull(known, known.member),
        np.zeros(known.groups.len()),
        np.zeros(known.groups.len()),
    )
    first = _winning(known)
    pivotal = _pivotal(known, first, known.member)
    won = first & known.cut.spread(known.cut.count(first & known.member) > 0)
    rng = np.random.default_rng(0)
    for _ in range(DRAWS if rows.height else 0):
        pulls += _pull(known, _random(known, rng.random(known.price.size))) >= pull - _HAIR
        key = np.where(first & known.member, 0.0, rng.random(known.price.size))
        pivots += _pivotal(known, won, _random(known, key)) >= pivotal
    lots = np.bincount(known.of, minlength=known.groups.len())
    tested = {
        "group_id": known.groups.cast(pl.String),
        "benchmark_lots": lots,
        "benchmark_pull": pull / np.maximum(lots, 1),
        "benchmark_pull_p": (1 + pulls) / (DRAWS + 1),
        "pivotal_wins": pivotal,
        "pivotal_wins_p": (1 + pivots) / (DRAWS + 1),
    }
    return pl.LazyFrame(tested)


@dataclass(frozen=True)
class _Known:
    """Bids by (group, lot) and price: what the rule of award reads, and the group `of` each lot.

    `total` is the sum of each lot's prices.
    """

    bids: Sorted
    cut: Segments
    price: Floats
    member: Bools
    members: Counts
    total: Floats
    of: Counts
    groups: pl.Series


def _rows(group_entries: pl.LazyFrame, priced_bids: pl.LazyFrame) -> pl.DataFrame:
    """Every bid of every such lot, once per group: `group_id, tender_id, bidder_id, price, member, won`."""
    ours = group_entries.filter(
        pl.col("mechanism") == "mean_benchmark", pl.col("n_firms") >= FEWEST_BIDS,
        pl.col("present") >= 2, pl.col("present") < pl.col("n_firms"),
    )  # fmt: skip
    key = ["group_id", "tender_id", "bidder_id"]
    theirs = priced_bids.group_by("tender_id", "bidder_id").agg(pl.col("price").min())
    return (
        ours.select("group_id", "tender_id").unique().join(theirs, on="tender_id")
        .join(ours.select(*key, "won", member=pl.lit(True)), on=key, how="left")
        .with_columns(pl.col("member", "won").fill_null(False))
        .sort("group_id", "tender_id", "price", "bidder_id").collect()
    )  # fmt: skip


def _known(rows: pl.DataFrame) -> _Known:
    lots = rows.select("group_id", "tender_id").unique(maintain_order=True)
    n = rows.select(pl.struct("group_id", "tender_id").rle().struct.field("len")).to_series()
    cut = Segments(n.to_numpy().astype(np.int64))
    groups, price = lots["group_id"].unique(maintain_order=True), rows["price"].to_numpy()
    member = rows["member"].to_numpy()
    of = lots["group_id"].rank("dense").to_numpy().astype(np.int64) - 1
    bids, total = _sorted(cut, price), cut.sum(price)
    return _Known(bids, cut, price, member, cut.count(member), total, of, groups)


def _sorted(cut: Segments, price: Floats) -> Sorted:
    """Bids by lot and price as the rule of award reads them."""
    lot = cut.spread(np.arange(cut.n.size))
    return Sorted(lot, np.zeros_like(lot), price, pl.DataFrame(), pl.Series(np.arange(cut.n.size)))


def _pull(known: _Known, member: Bools) -> Floats:
    """Shift of the mean by the members' bids as a share of it, summed over each group's lots."""
    n, cut = known.cut.n, known.cut
    theirs = cut.sum(np.where(member, known.price, 0.0))
    without = (known.total - theirs) / (n - known.members)
    shift = np.abs(without / (known.total / n) - 1)
    return np.asarray(np.bincount(known.of, shift, known.groups.len()), np.float64)


def _winning(known: _Known) -> Bools:
    """Bids that win under the rule with all bids in."""
    _, price = rule(known.bids, np.ones(known.price.size, np.bool_))
    return np.asarray(known.price == known.cut.spread(price))


def _pivotal(known: _Known, first: Bools, member: Bools) -> Counts:
    """Lots that a member wins under the rule and would lose without the other members' bids.

    `first` marks the bids that win with all bids in; only lots where one of them is a member's are asked.
    """
    winner = first & member
    lots = known.cut.count(winner) > 0
    rows = known.cut.spread(lots)
    cut, price, won = Segments(known.cut.n[lots]), known.price[rows], winner[rows]
    _, winning = rule(_sorted(cut, price), ~member[rows] | won)
    lost = ~np.isnan(winning) & (cut.count(won & (price == cut.spread(winning))) == 0)
    return np.bincount(known.of[lots][lost], minlength=known.groups.len())


def _random(known: _Known, key: Floats) -> Bools:
    """As many bidders of each lot as there are members: those with the smallest keys."""
    return np.asarray(key <= known.cut.spread(known.cut.smallest(key, known.members)))
