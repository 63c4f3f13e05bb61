"""Totals that are equal to the last unit, on exact decimals."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, block


@block(
    Grain.BID,
    {
        "equal_bids": Column(
            "Other firms in the tender whose total is exactly the same.", "报价完全相同的其他投标人数",
            "firms", "the bid is priced and was not withdrawn", "rules Q01",
        ),
        "nonzero_digits": Column(
            "Digits of the total that are not zero.", "报价中非零数字的个数",
            "digits", "the bid is priced and was not withdrawn", "rules Q01",
        ),
    },
)  # fmt: skip
def equal_totals(bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per priced bid; two bids of one firm do not count as equal.

    >>> bids = pl.LazyFrame({"tender_id": ["T"] * 3, "bidder_id": ["A", "B", "C"], "bid_id": ["a", "b", "c"],
    ...     "amount": ["120300.00", "120300.00", "120300.01"], "currency": "CNY", "status": "valid"})
    >>> equal_totals(bids.with_columns(pl.col("amount").cast(pl.Decimal(38, 6)))).select(
    ...     "bid_id", "equal_bids", "nonzero_digits").sort("bid_id").collect().rows()
    [('a', 1, 3), ('b', 1, 3), ('c', 0, 4)]
    """
    same = ("tender_id", "currency", "amount")
    total = pl.sum_horizontal(pl.col(name).hash(seed) for seed, name in enumerate(same)).alias("total")
    stands = pl.col("amount").is_not_null() & (pl.col("status") != "withdrawn").fill_null(True)
    priced = bids.filter(stands).select(
        *KEYS[Grain.BID],
        total,
        pl.col("amount").cast(pl.String).str.count_matches("[1-9]").alias("nonzero_digits"),
    )
    firms = priced.group_by("total").agg(equal_bids=pl.col("bidder_id").hash().n_unique().cast(pl.Int64) - 1)
    return priced.join(firms, on="total").drop("total")
