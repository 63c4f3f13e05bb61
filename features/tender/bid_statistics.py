"""Order statistics and moments of a tender's valid bids: what every screen is made from."""

import polars as pl

from features.catalogue import Column, Grain, block

_AMOUNT = "currency of the tender"


@block(
    Grain.TENDER,
    {
        "n_bids": Column("Number of bids submitted.", "投标数", "bids"),
        "n_valid": Column("Number of bids that are valid and priced.", "有效报价数", "bids"),
        "lowest_bid": Column("Lowest valid bid.", "最低报价", _AMOUNT, "n_valid >= 1"),
        "second_bid": Column("Second lowest valid bid.", "次低报价", _AMOUNT, "n_valid >= 2"),
        "highest_bid": Column("Highest valid bid.", "最高报价", _AMOUNT, "n_valid >= 1"),
        "bid_mean": Column("Arithmetic mean of the valid bids.", "报价均值", _AMOUNT, "n_valid >= 1"),
        "bid_sd": Column("Sample standard deviation (ddof 1).", "报价标准差", _AMOUNT, "n_valid >= 2"),
    },
)
def bid_statistics(bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with at least one bid."""
    priced = pl.col("amount").is_not_null() & (pl.col("status").is_null() | (pl.col("status") == "valid"))
    amount = pl.col("amount").cast(pl.Float64).filter(priced)
    return bids.group_by("tender_id").agg(
        pl.len().alias("n_bids"),
        amount.len().alias("n_valid"),
        amount.min().alias("lowest_bid"),
        amount.sort().get(1, null_on_oob=True).alias("second_bid"),
        amount.max().alias("highest_bid"),
        amount.mean().alias("bid_mean"),
        amount.std().alias("bid_sd"),
    )
