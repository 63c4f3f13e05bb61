"""Mean-benchmark awards replayed with some bids left out: the formula on record, or what fits the winners."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from features.market.average_bid import FEWEST_BIDS, Sorted
from features.market.average_bid import rule as trimmed_mean
from features.segments import Bools, Counts, Floats, Segments

FEWEST_LEFT = 3
"""Bids that must remain for a mean worth the name; the trimmed-mean rule asks for five."""

RECORDED, NEAREST, TRIMMED = "formula on record", "nearest to the mean", "trimmed mean"
"""What decides a tender, as its replay says."""

_NEVER = 2**31


@dataclass(frozen=True)
class Replay:
    """Bids by tender and price, and the rule that each tender follows.

    `rows` has `tender_id, bidder_id, price, won` and the terms of the formula; `trimmed` marks the tenders of
    the trimmed-mean rule.
    """

    rows: pl.DataFrame
    cut: Segments
    trimmed: Bools

    def only(self, kept: Bools) -> "Replay":
        """The same of some tenders."""
        rows = self.rows.filter(pl.Series(self.cut.spread(kept)))
        return Replay(rows, Segments(self.cut.n[kept]), self.trimmed[kept])

    def winner(self, use: Bools) -> Counts:
        """Row of the winner of each tender among the used bids; -1 where too few are used."""
        price = self.rows["price"].to_numpy()
        by_mean = _nearest_to_mean(self.rows, self.cut, price, use)
        by_trim = _lowest_above_trimmed(self.cut, price, use)
        return np.where(self.trimmed, by_trim, by_mean)

    def replayed(self, member: Bools) -> pl.DataFrame:
        """One row per tender: see `Counterfactual.tenders`."""
        first = self.winner(np.ones(member.size, np.bool_))
        without = self.winner(~member)
        is_winner = np.zeros(member.size, np.bool_)
        is_winner[first] = True
        alone = self.winner(~member | is_winner)
        ids, price = self.rows["bidder_id"], self.rows["price"]
        rule = np.where(self.trimmed, TRIMMED, np.where(_recorded(self.rows, self.cut), RECORDED, NEAREST))
        return pl.DataFrame(
            {
                "tender_id": self.rows["tender_id"].gather(self.cut.start),
                "rule": rule.astype(object).tolist(),
                "n_bids": self.cut.n,
                "members": self.cut.count(member),
                "winner": ids.gather(first),
                "price": price.gather(first),
                "member_won": member[first],
                "winner_without": ids.gather(without),
                "price_without": price.gather(without),
                "changed": first != without,
                "pivotal": member[first] & (alone != first) & (alone >= 0),
            },
            schema_overrides={"rule": pl.String},
        )

    def random(self, member: Bools, draws: int, seed: int) -> Iterator[Bools]:
        """As many bidders of every tender as there are members, drawn at random."""
        rng, size = np.random.default_rng(seed), self.cut.spread(self.cut.count(member))
        tender = self.cut.spread(np.arange(self.cut.n.size))
        for _ in range(draws):
            chosen = np.zeros(member.size, np.bool_)
            chosen[np.argsort(tender + rng.random(member.size))[self.cut.position < size]] = True
            yield chosen


def chosen(rows: pl.DataFrame) -> Replay:
    """The rule of every tender: its own formula, else the general one that names more recorded winners."""
    cut = Segments(rows["tender_id"].rle().struct.field("len").to_numpy().astype(np.int64))
    plain = ~_recorded(rows, cut)
    won = rows["won"].to_numpy()
    named = []
    for trimmed in (False, True):
        replay = Replay(rows, cut, np.full(cut.n.size, trimmed))
        winner = replay.winner(np.ones(won.size, np.bool_))
        named.append((plain & (winner >= 0) & won[winner]).sum() if won.size else 0)
    return Replay(rows, cut, plain & (named[1] > named[0]))


def _recorded(rows: pl.DataFrame, cut: Segments) -> Bools:
    """Tenders with some term of the formula on record."""
    some = rows.select(pl.any_horizontal(pl.col("benchmark", "ceiling_weight", "trim_from").is_not_null()))
    return some.to_series().to_numpy()[cut.start]


def _nearest_to_mean(rows: pl.DataFrame, cut: Segments, price: Floats, use: Bools) -> Counts:
    drawn, weight, trim_from, ceiling = (
        rows[name].fill_null(float("nan")).to_numpy()[cut.start]
        for name in ("benchmark", "ceiling_weight", "trim_from", "ceiling")
    )
    weight, trim_from = np.nan_to_num(weight), np.where(trim_from > 2, trim_from, _NEVER)
    fixed = np.where(weight > 0, weight * ceiling, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        everyone = fixed + (1 - weight) * _mean(cut, price, np.ones_like(use), trim_from)
        target = fixed + (1 - weight) * _mean(cut, price, use, trim_from)
        # What was drawn by lot is left between formula and recorded benchmark, and would have been drawn too.
        target = target * np.where(drawn > 0, drawn / everyone, 1.0)
    distance = np.where(use, np.abs(price - cut.spread(target)), np.inf)
    return _first(cut, distance <= cut.spread(cut.min(distance)), cut.count(use) >= FEWEST_LEFT)


def _mean(cut: Segments, price: Floats, use: Bools, trim_from: Floats) -> Floats:
    """Mean of the used bids, without the lowest and the highest where there are `trim_from` or more."""
    n, total = cut.count(use), cut.sum(np.where(use, price, 0.0))
    low, high = cut.min(np.where(use, price, np.inf)), cut.max(np.where(use, price, -np.inf))
    return np.asarray(np.where(n >= trim_from, (total - low - high) / (n - 2), total / n))


def _lowest_above_trimmed(cut: Segments, price: Floats, use: Bools) -> Counts:
    tender = cut.spread(np.arange(cut.n.size))
    known = Sorted(tender, np.zeros_like(tender), price, pl.DataFrame(), pl.Series(np.arange(cut.n.size)))
    _, winning = trimmed_mean(known, use)
    return _first(cut, use & (price == cut.spread(winning)), cut.count(use) >= FEWEST_BIDS)


def _first(cut: Segments, chosen: Bools, enough: Bools) -> Counts:
    """First chosen row of each tender, -1 where there is none or too little."""
    row = np.where(chosen, np.arange(chosen.size, dtype=np.float64), np.inf)
    first = cut.min(row)
    return np.where(enough & np.isfinite(first), first, -1.0).astype(np.int64)
