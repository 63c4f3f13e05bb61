"""Which bids have a price that can be compared with the others of their tender."""

import polars as pl

from features.catalogue import frame


@frame
def priced_bids(bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per valid bid with a price in its tender's currency.

    Columns: `tender_id, bidder_id, bid_id, amount` (exact), `price` (the same as a float) and the
    tender's `ceiling`, `deadline_at`, `opened_at`. A bid counts as valid when its status says so or is
    not on record. Where the tender names no currency and its bids name several, none is comparable.
    """
    valid = pl.col("status").is_null() | (pl.col("status") == "valid")
    priced = bids.filter(valid & (pl.col("amount") > 0)).select(
        "tender_id", "bidder_id", "bid_id", "amount", "currency"
    )
    terms = tenders.select("tender_id", "ceiling", "deadline_at", "opened_at", asked="currency")
    unnamed = terms.filter(pl.col("asked").is_null())
    mixed = (
        priced.join(unnamed, on="tender_id", how="semi")
        .group_by("tender_id").agg(pl.col("currency").drop_nulls().n_unique().alias("currencies"))
        .filter(pl.col("currencies") > 1)
    )  # fmt: skip
    return (
        priced.join(terms, on="tender_id", how="left")
        .filter((pl.col("currency") == pl.col("asked")).fill_null(True))
        .join(mixed, on="tender_id", how="anti")
        .drop("currency", "asked")
        .with_columns(pl.col("amount").cast(pl.Float64).alias("price"))
    )
