"""Do firms keep or swap places from one tender to the next: for markets without rebids.

Of two firms that meet again and again, the one that was lower last time is lower again more often than
chance where a place is held, and less often where turns are taken. Lasting strength is taken out first.
"""

import numpy as np
import polars as pl

from features.market.outcome import Outcome, need_columns, require
from features.segments import Counts, Floats
from features.tie.joint_bids import all_pairs

FEWEST = 50
"""Repeated meetings without which the test says nothing."""

SOURCE = "derived from Kawai and Nakabayashi 2022, where there are no rebids; Spearman's correlation of ranks"

_INVALID = (
    "capacity: a firm that has just won is busy and bids high, which looks like taking turns",
    "costs or firms that drift over the period: neighbouring tenders alike look like places kept",
    "tenders of different kinds in one set, each with its own leaders, that come in runs",
    "tenders are taken to be exchangeable in time but for what the test looks for",
)


def rank_persistence(bids: pl.LazyFrame, *, draws: int = 499, seed: int = 0) -> Outcome:
    """Correlation of two firms' difference in rank with the same at their next meeting.

    A firm's rank in a tender is its place among the bids, from 0 to 1; its mean over its tenders is taken
    out. For every two firms that meet, the difference of these residual ranks is paired with that of the next tender
    by `deadline_at` in which both bid; `statistic` is the correlation of all such pairs. Taking out means
    of few tenders lowers it, so the p-value does not compare with zero: the tenders are put into random
    orders, each tender whole, and it is two-sided among these. Tenders of one deadline are in no order, so
    meetings on the same day are paired at random.

    Args:
        bids: a frame with `tender_id, bidder_id, price, deadline_at`.
        draws: random orders.
        seed: of these orders.

    Returns:
        Above zero more than at random: places are kept; below: turns are taken. `details` holds
        `mean_of_random_orders`, from which the statistic differs, and the numbers of firms and tenders.

    Raises:
        ValueError: fewer than `FEWEST` meetings that follow a meeting of the same firms.

    >>> from datetime import date, timedelta
    >>> days = [date(2020, 1, 1) + timedelta(days=t) for t in range(100)]
    >>> turns = pl.LazyFrame({"tender_id": [f"T{t}" for t in range(100) for _ in "AB"], "bidder_id": ["A", "B"] * 100,
    ...     "price": [1.0 + (t + f) % 2 for t in range(100) for f in (0, 1)],
    ...     "deadline_at": [d for d in days for _ in "AB"]})
    >>> found = rank_persistence(turns)
    >>> round(found.statistic, 3), found.p_value
    (-1.0, 0.004)
    """  # noqa: E501
    pair, difference, tender, moment = _meetings(bids)
    n = int(pair.size - np.unique(pair).size)
    require("Rank persistence", n, FEWEST, "repeated meetings of two firms", "Take a longer period.")
    rng = np.random.default_rng(seed)
    noise = rng.random(moment.size)
    seen = _correlation(pair, difference, np.lexsort((noise, moment)).argsort()[tender])
    drawn = np.array(
        [_correlation(pair, difference, rng.permutation(moment.size)[tender]) for _ in range(draws)]
    )
    more, less = (
        (1 + reached.sum()) / (draws + 1) for reached in (drawn >= seen - 1e-12, drawn <= seen + 1e-12)
    )
    return Outcome(
        "rank persistence",
        statistic=seen,
        n=n,
        unit="repeated meetings",
        p_value=float(min(1.0, 2 * min(more, less))),
        invalid_if=_INVALID,
        source=SOURCE,
        details={
            "mean_of_random_orders": float(drawn.mean()),
            "pairs": float(np.unique(pair).size),
            "tenders": float(moment.size),
        },
    )


def _meetings(bids: pl.LazyFrame) -> tuple[Counts, Floats, Counts, Counts]:
    """Per meeting of two firms: pair, difference of residual ranks, tender; and the moment of each tender."""
    need_columns("Rank persistence", bids, ("tender_id", "bidder_id", "price", "deadline_at"))
    of_tender = pl.len().over("tender_id")
    known = (
        bids.filter(pl.col("price") > 0).drop_nulls(["deadline_at"])
        .group_by("tender_id", "bidder_id").agg(pl.col("price").min(), pl.col("deadline_at").min())
        .sort("tender_id", "bidder_id")
        .filter(of_tender > 1)
        .with_columns(rank=(pl.col("price").rank("average").over("tender_id") - 1) / (of_tender - 1))
        .with_columns(rank=pl.col("rank") - pl.col("rank").mean().over("bidder_id"))
        .collect()
    )  # fmt: skip
    first, second = all_pairs(known["tender_id"].rle().struct.field("len").to_numpy().astype(np.int64))
    firm, tender = (
        known[name].rank("dense").to_numpy().astype(np.int64) - 1 for name in ("bidder_id", "tender_id")
    )
    rank = known["rank"].to_numpy()
    moments = known.group_by("tender_id").agg(pl.col("deadline_at").min()).sort("tender_id")["deadline_at"]
    pair = firm[first] * (firm.max(initial=0) + 1) + firm[second]
    return pair, rank[first] - rank[second], tender[first], moments.rank("dense").to_numpy().astype(np.int64)


def _correlation(pair: Counts, difference: Floats, place: Counts) -> float:
    """Correlation of a pair's difference with its next, where `place` orders the meetings."""
    order = np.lexsort((place, pair))
    followed = np.flatnonzero(pair[order][1:] == pair[order][:-1])
    now, then = difference[order][followed], difference[order][followed + 1]
    scale = float(np.sqrt((now**2).sum() * (then**2).sum()))
    return float((now * then).sum() / scale) if scale > 0 else 0.0
