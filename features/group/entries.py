"""What the members of every group bid, tender by tender: the table that the group blocks read."""

import polars as pl

from features.catalogue import frame
from features.hashed import join_hashed


@frame
def group_entries(
    group_sets: pl.LazyFrame, priced_bids: pl.LazyFrame, bids: pl.LazyFrame, tenders: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per group, tender and member with a valid priced bid; of several bids the lowest counts.

    Columns: `group_id, tender_id, bidder_id, price`, `won` (null while no winner is on record), `present`
    (members in the tender), `submitted_at`, `n_firms` (firms in it), `lowest` (its lowest bid),
    `deadline_at` (else the moment of the outcome), `buyer_id, category, region,
    mechanism, ceiling, estimate`.
    """
    entries = priced_bids.group_by("tender_id", "bidder_id").agg(pl.col("price").min())
    record = bids.group_by("tender_id", "bidder_id").agg(pl.col("won").any(), pl.col("submitted_at").min())
    decided = pl.col("won").any().over("tender_id")
    known = record.select(
        "tender_id", "bidder_id", pl.when(decided).then(pl.col("won").fill_null(False)), "submitted_at"
    )
    terms = tenders.select(
        "tender_id", pl.coalesce("deadline_at", "closed_at").alias("deadline_at"), "buyer_id", "category",
        "region", pl.col("mechanism").cast(pl.String), pl.col("ceiling", "estimate").cast(pl.Float64),
    )  # fmt: skip
    return (
        entries.with_columns(
            pl.len().over("tender_id").alias("n_firms"),
            pl.col("price").min().over("tender_id").alias("lowest"),
        )
        .pipe(join_hashed, group_sets.select("group_id", "bidder_id"), "bidder_id")
        .with_columns(pl.len().over("group_id", "tender_id").alias("present"))
        .pipe(join_hashed, known, ["tender_id", "bidder_id"], "left")
        .pipe(join_hashed, terms, "tender_id", "left")
        .sort("group_id", "deadline_at", "tender_id", "bidder_id", nulls_last=True)
    )
