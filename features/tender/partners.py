"""Whether a tender's bidders keep company: how often they met before, as of the deadline."""

import polars as pl

from features.catalogue import Column, Grain, Reach, block, frame
from features.earlier import count_before

NEWCOMERS = 3
"""Tenders added to every bidder's record, so that one meeting of two newcomers is no overlap."""

PRECISION = 1e-12
"""Overlaps are added as whole multiples of this, so that the order of the pairs cannot show."""


@frame(reach=Reach.PARTIES)
def earlier_meetings(joint_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and pair that had met before its deadline: `tender, pair, together`."""
    again = joint_bids.filter(pl.col("meetings") > 1)
    return count_before(again, again, by=["pair"], name="together").filter(pl.col("together") > 0)


@frame(reach=Reach.PARTIES)
def earlier_entries(coded_entries: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and bidder with a valid, priced bid: `tender, bidder, entered` before."""
    entries = coded_entries.select("tender", "bidder").join(tender_codes.drop("tender_id"), on="tender")
    counted = count_before(entries, entries, by=["bidder"], name="entered")
    return counted.select("tender", "bidder", "entered")


@block(
    Grain.TENDER,
    {
        "partner_overlap": Column(
            "How much of their earlier tenders this tender's bidders shared: mean over pairs of joint "
            "tenders over the geometric mean of both records, each counted three tenders longer.",
            "投标人历史同场重合度", "share", "deadline known, n_valid >= 2",
            "rules O02; the cosine of two participation records",
        ),
    },
    reach=Reach.PARTIES,
)  # fmt: skip
def partner_history(
    joint_bids: pl.LazyFrame,
    earlier_meetings: pl.LazyFrame,
    earlier_entries: pl.LazyFrame,
    tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per tender with a deadline and at least two valid bidders; 0 where none had met."""
    both = earlier_meetings.select(
        "tender", "together", a=(pl.col("pair") // 2**32), b=(pl.col("pair") % 2**32)
    )
    for side in ("a", "b"):
        record = earlier_entries.select(
            "tender", pl.col("bidder").cast(pl.UInt64).alias(side), pl.col("entered").alias(f"entered_{side}")
        )
        both = both.join(record, on=["tender", side])
    records = ((pl.col("entered_a") + NEWCOMERS) * (pl.col("entered_b") + NEWCOMERS)).cast(pl.Float64).sqrt()
    overlap = (pl.col("together") / records / PRECISION).round().cast(pl.Int64)
    shared = both.group_by("tender").agg((overlap.sum() * PRECISION).alias("shared"))
    pairs = joint_bids.group_by("tender").agg(pl.len().alias("pairs"))
    return (
        pairs.join(shared, on="tender", how="left")
        .join(tender_codes.filter(pl.col("deadline_at").is_not_null()), on="tender")
        .select("tender_id", (pl.col("shared").fill_null(0.0) / pl.col("pairs")).alias("partner_overlap"))
    )
