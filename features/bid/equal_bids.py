"""Totals that are equal to the last unit, on exact decimals, and how many of their digits were free."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block

TAX_RATES = range(1, 28)
"""Whole percentages that may be the tax within a total: value-added taxes lie in this range."""

_CENTS = 10_000
_DOMAIN = "the bid is priced and was not withdrawn"


@block(
    Grain.BID,
    {
        "equal_bids": Column(
            "Other firms in the tender whose total is exactly the same.", "报价完全相同的其他投标人数",
            "firms", _DOMAIN, "rules Q01",
        ),
        "nonzero_digits": Column(
            "Digits of the total that are not zero.", "报价中非零数字的个数",
            "digits", _DOMAIN, "rules Q01",
        ),
        "free_digits": Column(
            "Digits that are not zero of the total, or of the total before a tax of 1 to 27 % where fewer.",
            "报价（或税前价）中非零数字的个数", "digits", _DOMAIN, "rules Q01",
        ),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def equal_totals(bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per priced bid; two bids of one firm do not count as equal.

    A total that is round before tax was no free number: 159,300.00 is 135,000 with a tax of 18 %.

    >>> bids = pl.LazyFrame({"tender_id": ["T"] * 3, "bidder_id": ["A", "B", "C"], "bid_id": ["a", "b", "c"],
    ...     "amount": ["159300.00", "159300.00", "277998.56"], "currency": "CNY", "status": "valid"})
    >>> equal_totals(bids.with_columns(pl.col("amount").cast(pl.Decimal(38, 6)))).select(
    ...     "bid_id", "equal_bids", "nonzero_digits", "free_digits").sort("bid_id").collect().rows()
    [('a', 1, 4, 3), ('b', 1, 4, 3), ('c', 0, 8, 8)]
    """
    same = ("tender_id", "currency", "amount")
    total = pl.sum_horizontal(pl.col(name).hash(seed) for seed, name in enumerate(same)).alias("total")
    cents = pl.col("amount").round(2)  # unit price times quantity may leave 1,199,999.997
    stands = pl.col("amount").is_not_null() & (pl.col("status") != "withdrawn").fill_null(True)
    priced = bids.filter(stands).select(
        *KEYS[Grain.BID], total, cents, _nonzero(cents).alias("nonzero_digits")
    )
    firms = priced.group_by("total").agg(equal_bids=pl.col("bidder_id").hash().n_unique().cast(pl.Int64) - 1)
    return priced.join(firms, on="total").select(
        *KEYS[Grain.BID], "equal_bids", "nonzero_digits", _free().alias("free_digits")
    )


def _nonzero(number: pl.Expr) -> pl.Expr:
    return number.cast(pl.String).str.count_matches("[1-9]")


def _free() -> pl.Expr:
    """Fewest digits before any tax that leaves whole cents; only equal totals are looked at so closely."""
    # Millionths of a unit, times 100 for the percentage, in whole cents.
    hundredfold = pl.when(pl.col("equal_bids") > 0).then(pl.col("amount").to_physical() // (_CENTS // 100))
    net = [
        _nonzero(pl.when(hundredfold % (100 + rate) == 0).then(hundredfold // (100 + rate)))
        for rate in TAX_RATES
    ]
    return pl.min_horizontal("nonzero_digits", *net)
