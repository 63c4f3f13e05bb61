"""Where two bidders lie among the bids of the tenders where they meet: a snapshot of a whole market.

A bid's position is 0 at the lowest and 1 at the highest bid of its tender. Tenders of two bids say nothing
here, since scaling sends both to the ends.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from features.catalogue import KEYS, Column, Grain, block, frame
from features.pair.meetings import Meetings, mean_over, run_lengths
from features.segments import Bools, Floats, Segments

LOW, HIGH = 0.15, 0.85
"""Positions up to and from which a bid counts as low and high."""

FEWEST = 3
"""Bidders of a tender below which positions are fixed by the scaling."""

PRIOR = 2.0
"""Extreme bids, as many as expected, that every bidder's habit starts from."""

MOST = 0.999
"""Most chance of opposite extremes in a tender, so that a bold habit never makes one certain."""

Codes = npt.NDArray[np.uint32]
Columns = dict[str, Floats]

_SOURCE = "research 3.5; Huber and Imhof 2023"
_DOMAIN = "n_positions >= 1"

_COLUMNS = {
    "n_positions": Column("Joint tenders of three bidders or more, not all bids equal.",
                          "可比位次的共同投标次数", "tenders", source=_SOURCE),
    "rotation_score": Column(
        "Mean distance of the two positions, times one minus how one-sided their order is: high where they "
        "lie far apart and change places.", "轮换得分", "share", _DOMAIN, _SOURCE),
    "opposite_extremes_share": Column(
        f"Share of those tenders where one bid lies in the lowest {LOW:.0%} of the range and the other in "
        "the highest.", "一低一高比例", "share", _DOMAIN, _SOURCE),
    "opposite_extremes_expected": Column(
        "The same share over all pairs of bids of those tenders.", "一低一高的期望比例", "share", _DOMAIN,
        _SOURCE),
    "opposite_extremes_p": Column(
        "Chance of so many tenders at opposite extremes or more, by how often each of the two lies low and "
        "high against anybody.",
        "一低一高的偶然概率", "probability", _DOMAIN, "Poisson-binomial tail"),
    "both_low_share": Column(
        f"Share of those tenders where both bids lie in the lowest {LOW:.0%} of the range.", "双低比例",
        "share", _DOMAIN, _SOURCE),
    "both_low_expected": Column("The same share over all pairs of bids of those tenders.",
                                "双低的期望比例", "share", _DOMAIN, _SOURCE),
}  # fmt: skip


@frame
def pair_position_counts(
    pair_entries: pl.LazyFrame, pair_meetings: pl.LazyFrame, bidder_codes: pl.LazyFrame
) -> pl.LazyFrame:
    """The columns of `pair_positions`, counted once."""
    entries, meetings = pair_entries.collect(), Meetings.of(pair_meetings)
    cut = Segments(run_lengths(entries["tender"]))
    price, bidder = entries["price"].to_numpy(), entries["bidder"].to_numpy()
    lowest, highest = cut.min(price), cut.max(price)
    comparable = cut.spread((cut.n >= FEWEST) & (highest > lowest))
    span = np.where(comparable, cut.spread(highest - lowest), np.nan)
    scaled = (price - cut.spread(lowest)) / span
    found = _statistics(
        meetings, scaled, cut, _habit(cut, scaled <= LOW, bidder), _habit(cut, scaled >= HIGH, bidder)
    )
    return meetings.named(found, bidder_codes)


def _habit(cut: Segments, extreme: Bools, bidder: Codes) -> Floats:
    """How often the bidder of each entry lies at an extreme, over the share of all bids of its tenders."""
    due = cut.spread(cut.count(extreme) / cut.n)
    hits, expected = np.bincount(bidder, extreme), np.bincount(bidder, due)
    return np.asarray(((hits + PRIOR) / (expected + PRIOR))[bidder])


def _statistics(meetings: Meetings, scaled: Floats, tenders: Segments, low: Floats, high: Floats) -> Columns:
    cut, first, second = meetings.cut, meetings.first, meetings.second
    a, b = scaled[first], scaled[second]
    counted = ~np.isnan(a)
    a, b = np.where(counted, a, 0.5), np.where(counted, b, 0.5)
    opposite = ((np.minimum(a, b) <= LOW) & (np.maximum(a, b) >= HIGH)).astype(np.float64)
    both_low = (np.maximum(a, b) <= LOW).astype(np.float64)
    opposite_rate, both_low_rate = (tenders.spread(rate)[first] for rate in _rates(tenders, scaled))
    order = np.abs(mean_over(cut, np.sign(a - b), counted))
    habits = (low[first] * high[second] + high[first] * low[second]) / 2
    chance = np.where(counted, np.minimum(opposite_rate * habits, MOST), 0.0)
    n = cut.sum(counted.astype(np.float64))
    return {
        "n_positions": n,
        "rotation_score": mean_over(cut, np.abs(a - b), counted) * (1 - order),
        "opposite_extremes_share": mean_over(cut, opposite, counted),
        "opposite_extremes_expected": mean_over(cut, opposite_rate, counted),
        "opposite_extremes_p": np.where(n > 0, meetings.tails(opposite, chance)[1], np.nan),
        "both_low_share": mean_over(cut, both_low, counted),
        "both_low_expected": mean_over(cut, both_low_rate, counted),
    }


def _rates(cut: Segments, scaled: Floats) -> tuple[Floats, Floats]:
    """Share of the pairs of each tender that lie at opposite extremes, and of those that are both low."""
    lows, highs = cut.count(scaled <= LOW), cut.count(scaled >= HIGH)
    pairs = np.maximum(cut.n * (cut.n - 1) / 2, 1)
    return lows * highs / pairs, lows * (lows - 1) / 2 / pairs


@block(Grain.PAIR, _COLUMNS)
def pair_positions(pair_position_counts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per pair of bidders that met at least twice."""
    return pair_position_counts.select(*KEYS[Grain.PAIR], *_COLUMNS).cast({"n_positions": pl.Int64})
