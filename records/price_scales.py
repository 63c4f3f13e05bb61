"""Bids of one tender that are not prices of the same thing: reported, never mended (rules A.3).

A unit price, or the price of a part, among totals makes the lowest bid look far apart and every spread wide.
No rule can tell a slip from an offer for one item of twenty, so the tender is named, not a bid.
"""

import polars as pl

APART = 10
"""Highest over lowest bid from which they are not taken for prices of the same thing.

Honest totals of one purchase lie within a factor of two or three; of 2,714 tenders of a real source with two
bids and more, 244 reach ten, nearly all of them lists of items of which some bidders offered a part.
"""


def on_one_scale(lowest: pl.Expr, highest: pl.Expr) -> pl.Expr:
    """Whether two prices may be for the same thing: the higher is less than ten times the lower.

    >>> prices = pl.DataFrame({"low": [10.0, 10.0], "high": [99.0, 100.0]})
    >>> prices.select(one=on_one_scale(pl.col("low"), pl.col("high")))["one"].to_list()
    [True, False]
    """
    return highest < APART * lowest


def mixed_scales(bids: pl.LazyFrame) -> pl.LazyFrame:
    """Tenders whose valid bids are ten times apart and more: `table, record, what, what_zh`.

    >>> bids = pl.LazyFrame({"tender_id": ["T", "T"], "amount": [31.5, 9450.0], "status": ["valid", None],
    ...                      "currency": ["CNY", "CNY"]})
    >>> mixed_scales(bids).collect().row(0)
    ('tenders', 'T', '2 bids run from 31.5 to 9450.0: unit prices, or prices of a part, among totals?', \
'2 份报价自 31.5 至 9450.0：总价中混有单价或部分报价？')
    """
    valid = (pl.col("status").cast(pl.String) == "valid").fill_null(True) & (pl.col("amount") > 0)
    amount = pl.col("amount").cast(pl.Float64)
    spans = (
        bids.filter(valid)
        .group_by("tender_id")
        .agg(
            pl.len().alias("n"),
            amount.min().alias("low"),
            amount.max().alias("high"),
            pl.col("currency").drop_nulls().n_unique().alias("currencies"),
        )
    )
    what = pl.format(
        "{} bids run from {} to {}: unit prices, or prices of a part, among totals?", "n", "low", "high"
    )
    zh = pl.format("{} 份报价自 {} 至 {}：总价中混有单价或部分报价？", "n", "low", "high")
    return spans.filter(~on_one_scale(pl.col("low"), pl.col("high")), pl.col("currencies") <= 1).select(
        pl.lit("tenders").alias("table"),
        pl.col("tender_id").alias("record"),
        what.alias("what"),
        zh.alias("what_zh"),
    )
