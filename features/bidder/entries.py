"""One row per bid and firm behind it: what every family of the bidder grain is counted from."""

import polars as pl

from features.catalogue import frame
from features.hashed import join_hashed
from features.segments import Floats

UNPLACED = "rest of the market"
"""Stratum of a tender without a comparable bid, which `strata` does not list."""


@frame
def firm_bids(
    bids: pl.LazyFrame, entrants: pl.LazyFrame, priced_bids: pl.LazyFrame,
    tenders: pl.LazyFrame, strata: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per bid and firm behind it, the lead and every member of a consortium.

    Columns: `tender_id, bid_id, bidder_id`, `joint` (other firms stand behind the bid too), `lead` (the
    firm that submitted it), `price` (null unless comparable), `failed` (disqualified or withdrawn, null
    while that is not on record), `won`, and of the tender `deadline_at, published_at, category, region,
    buyer_id, stratum`.
    """
    status = pl.col("status").cast(pl.String)
    failed = pl.when(status == "pending").then(None).otherwise(status.is_in(["disqualified", "withdrawn"]))
    of_bid = bids.select("bid_id", "won", failed=failed, submitter="bidder_id")
    of_tender = tenders.select("tender_id", "deadline_at", "published_at", "category", "region", "buyer_id")
    return (
        entrants.select("tender_id", "bid_id", "bidder_id", "joint")
        .pipe(join_hashed, of_bid, "bid_id")
        .pipe(join_hashed, priced_bids.select("bid_id", "price"), "bid_id", "left")
        .pipe(join_hashed, of_tender, "tender_id", "left")
        .pipe(join_hashed, strata.select("tender_id", "stratum"), "tender_id", "left")
        .with_columns(pl.col("stratum").fill_null(UNPLACED), lead=pl.col("submitter") == pl.col("bidder_id"))
        .drop("submitter")
    )


@frame
def market_end(tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row: `ends_at`, the last deadline of the market, up to which a silence can be seen."""
    return tenders.select(ends_at=pl.col("deadline_at").max())


def floats(frame: pl.DataFrame, name: str) -> Floats:
    """One column as an array of floats."""
    return frame[name].cast(pl.Float64).to_numpy()
