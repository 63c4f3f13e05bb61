"""The trimmed-mean rule of average-bid auctions, with and without the bids of a group.

The rule: cut a tenth of the bids, rounded up, from each end; A1 is the mean of the rest, A2 the mean of
those of them below A1; the lowest bid at or above A2 wins (Italian public works; Conley and Decarolis 2016).
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

from features.market.outcome import need_columns
from features.segments import Bools, Counts, Floats, Segments

TRIM = 0.1
"""Share of the bids cut from each end before averaging, rounded up."""

FEWEST_BIDS = 5
"""Bids without which the rule does not apply; such tenders are left out."""

_HAIR = 1e-12


@dataclass(frozen=True)
class Sorted:
    """Bids in order of tender and price, one per tender and firm (its lowest), tenders of five or more.

    `tender`, `firm` and `price` have one entry per bid; `firms` one row per firm, in the order of its code:
    `bidder_id` and `like`; `tenders` one identifier per tender code.
    """

    tender: Counts
    firm: Counts
    price: Floats
    firms: pl.DataFrame
    tenders: pl.Series


def sorted_bids(bids: pl.LazyFrame, like: str | None = None) -> Sorted:
    """Bring a frame with `tender_id, bidder_id, price` and perhaps `like` into the order of the rule."""
    need_columns(
        "The average-bid tests", bids, ("tender_id", "bidder_id", "price", *([like] if like else []))
    )
    kind = pl.col(like) if like else pl.lit(None)
    rows = (
        bids.filter(pl.col("price") > 0)
        .select("tender_id", "bidder_id", "price", kind.cast(pl.String).alias("like"))
        .group_by("tender_id", "bidder_id").agg(pl.col("price", "like").min())
        .filter(pl.len().over("tender_id") >= FEWEST_BIDS)
        .sort("tender_id", "price", "bidder_id").collect()
    )  # fmt: skip
    return Sorted(
        tender=_codes(rows["tender_id"]),
        firm=_codes(rows["bidder_id"]),
        price=rows["price"].to_numpy(),
        firms=rows.group_by("bidder_id").agg(pl.col("like").min()).sort("bidder_id"),
        tenders=rows["tender_id"].unique().sort(),
    )


def _codes(column: pl.Series) -> Counts:
    return column.rank("dense").to_numpy().astype(np.int64) - 1


def award(bids: pl.LazyFrame, group: Collection[str] = ()) -> pl.DataFrame:
    """Benchmark and winning price of every tender, with all bids and without those of a group.

    The rule names the recorded winner in 231 of 276 Italian tenders of García Rodríguez et al. (2022).

    Returns:
        One row per tender with five bids or more: `tender_id, n_bids, members, benchmark, winning_price`,
        `benchmark_without, winning_price_without` (null where fewer than five bids remain) and `changed`:
        the winning price differs, as it also does where a member had won.

    >>> prices = [70.0, 78.0, 80.0, 84.0, 88.0, 99.0]
    >>> bids = pl.LazyFrame({"tender_id": ["T"] * 6, "bidder_id": list("ABCDEF"), "price": prices})
    >>> award(bids, {"C"}).select("benchmark", "winning_price", "winning_price_without", "changed").rows()
    [(79.0, 80.0, 78.0, True)]
    """
    known = sorted_bids(bids)
    size = known.tenders.len()
    member = known.firms["bidder_id"].is_in(list(group)).to_numpy()[known.firm]
    benchmark, winner = rule(known, np.ones(member.size, np.bool_))
    benchmark_without, winner_without = rule(known, ~member)
    return pl.DataFrame(
        {
            "tender_id": known.tenders,
            "n_bids": np.bincount(known.tender, minlength=size),
            "members": np.bincount(known.tender[member], minlength=size),
            "benchmark": benchmark,
            "winning_price": winner,
            "benchmark_without": benchmark_without,
            "winning_price_without": winner_without,
        },
        nan_to_null=True,
    ).with_columns((pl.col("winning_price") != pl.col("winning_price_without")).alias("changed"))


def rule(known: Sorted, use: Bools) -> tuple[Floats, Floats]:
    """Benchmark A2 and winning price of every tender from the used bids; NaN where fewer than five are."""
    n = np.bincount(known.tender[use], minlength=known.tenders.len())
    enough = n >= FEWEST_BIDS
    price = known.price[use & enough[known.tender]]
    cut = Segments(n[enough])
    ends = np.ceil(TRIM * cut.n - _HAIR).astype(np.int64)
    inner = (cut.position >= cut.spread(ends)) & (cut.position < cut.spread(cut.n - ends))
    first_mean = cut.sum(np.where(inner, price, 0.0)) / (cut.n - 2 * ends)
    low = inner & (price < cut.spread(first_mean) * (1 - _HAIR))
    n_low = cut.count(low)
    below = cut.sum(np.where(low, price, 0.0)) / np.maximum(n_low, 1)
    benchmark, winner = np.full((2, n.size), np.nan)
    benchmark[enough] = np.where(n_low > 0, below, first_mean)
    at_or_above = price >= cut.spread(benchmark[enough]) * (1 - _HAIR)
    winner[enough] = cut.min(np.where(at_or_above, price, np.inf))
    return benchmark, winner
