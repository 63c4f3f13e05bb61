"""Every two bidders that met in a tender, packed small: ten million rows fit in memory.

Bidders and tenders are numbered, a pair is one integer; the two code tables lead back to ids.
"""

import numpy as np
import polars as pl

from features.catalogue import Reach, frame
from features.hashed import join_hashed
from features.segments import Counts, Segments

RATIO_UNIT = 10_000
"""Ratios of two bids are told apart at four decimals (rules Q04)."""


@frame(reach=Reach.TENDER)
def bidder_codes(entrants: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm behind a bid: `bidder_id` and its number `bidder`, in the order of the ids."""
    return entrants.select("bidder_id").unique().sort("bidder_id").with_row_index("bidder")


@frame(reach=Reach.TENDER)
def tender_codes(tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender: its number `tender`, `deadline_at`, and `known_at`, when bids were opened.

    Without an opening time bids count as known from the deadline, without either from the moment the
    outcome was known; never before the deadline.
    """
    opened = pl.coalesce("opened_at", "deadline_at", "closed_at")
    return (
        tenders.sort("tender_id")
        .select("tender_id", "deadline_at", pl.max_horizontal(opened, "deadline_at").alias("known_at"))
        .with_row_index("tender")
    )


@frame(reach=Reach.TENDER)
def asked_tenders(tenders: pl.LazyFrame) -> pl.LazyFrame:
    """Ids of the tenders that somebody asks about: all, unless a build is told otherwise."""
    return tenders.select("tender_id")


@frame(reach=Reach.TENDER)
def coded_entries(priced_bids: pl.LazyFrame, bidder_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and bidder with a valid, priced bid: `tender`, `bidder` and the lowest `amount`.

    Sorted by tender, then by bidder.
    """
    entries = (
        priced_bids.filter(pl.col("tender").is_not_null())
        .select("tender", "bidder_id", "amount")
        .pipe(join_hashed, bidder_codes, "bidder_id")
        .select("tender", "bidder", "amount")
        .sort("tender", "bidder", "amount")
    )
    again = (pl.col("tender") == pl.col("tender").shift()) & (pl.col("bidder") == pl.col("bidder").shift())
    return entries.filter(~again.fill_null(False))


@frame(reach=Reach.TENDER)
def joint_bids(coded_entries: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and pair of bidders that both placed a valid, priced bid.

    Columns: `tender`, `pair` (see `pair_code`), `deadline_at`, `known_at`, and `ratio`: the bid of the
    second bidder over that of the first in units of 1e-4, null where the two are equal to the last
    unit. Of several bids of one firm the lowest counts. `meetings` is how often the pair meets in the
    whole market: a sieve for rows that nothing can repeat, and no feature, since it knows the future.
    Rows of one pair stand together, by tender.
    """
    met = coded_entries.map_batches(_meetings, schema=_MEETING)
    return met.join(tender_codes.drop("tender_id"), on="tender", how="left")


_MEETING = pl.Schema({"tender": pl.UInt32, "pair": pl.UInt64, "ratio": pl.Int64, "meetings": pl.UInt32})


def _meetings(entries: pl.DataFrame) -> pl.DataFrame:
    n = entries["tender"].rle().struct.field("len").to_numpy().astype(np.int64)
    first, second = all_pairs(n)
    bidder, price = (
        entries["bidder"].to_numpy().astype(np.uint64),
        entries["amount"].cast(pl.Float64).to_numpy(),
    )
    # Entries are sorted by bidder within a tender, so the first of a pair is the smaller number.
    pair = bidder[first] << np.uint64(32) | bidder[second]
    order = np.argsort(pair, kind="stable")
    first, second, pair = first[order], second[order], pair[order]
    starts = np.flatnonzero(np.diff(pair, prepend=~pair[:1]))
    meetings = np.diff(starts, append=pair.size)
    amount = entries["amount"]
    made = pl.DataFrame(
        {
            "tender": entries["tender"].to_numpy()[first],
            "pair": pair,
            "ratio": price[second] / price[first] * RATIO_UNIT,
            "meetings": np.repeat(meetings, meetings),
            "differ": amount[first] != amount[second],
        }
    )
    ratio = pl.col("ratio").round().cast(pl.Int64, strict=False)
    return made.select("tender", "pair", pl.when("differ").then(ratio).alias("ratio"), "meetings").cast(
        _MEETING
    )


def all_pairs(n: Counts) -> tuple[Counts, Counts]:
    """Row numbers of both sides of every pair within consecutive groups of the given lengths.

    >>> [side.tolist() for side in all_pairs(np.array([3, 1, 2]))]
    [[0, 0, 1, 4], [1, 2, 2, 5]]
    """
    cut = Segments(n)
    later = cut.spread(n) - cut.position - 1
    partners = Segments(later)
    first = np.repeat(np.arange(later.size), later)
    return first, first + 1 + partners.position


def pair_code(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    """One integer for two bidder numbers, the smaller in the upper half."""
    return pl.min_horizontal(a, b).cast(pl.UInt64) * 2**32 + pl.max_horizontal(a, b)


def named_pairs(coded: pl.LazyFrame, bidder_codes: pl.LazyFrame) -> pl.LazyFrame:
    """Replace `pair` by `bidder_a` and `bidder_b`."""
    sides = coded.with_columns(
        (pl.col("pair") // 2**32).cast(pl.UInt32).alias("a"),
        (pl.col("pair") % 2**32).cast(pl.UInt32).alias("b"),
    )
    for side in "ab":
        names = bidder_codes.select(pl.col("bidder").alias(side), pl.col("bidder_id").alias(f"bidder_{side}"))
        sides = sides.join(names, on=side, how="left")
    return sides.drop("pair", "a", "b")
