"""Leading digits of the prices that a buyer is offered (rules Q10c)."""

import polars as pl

from features.catalogue import Column, Grain, block
from features.leading_digits import leading_digits

_DOMAIN = "300 prices or more that span two orders of magnitude"


@block(
    Grain.BUYER,
    {
        "n_digit_prices": Column(
            "Tenders of the buyer with a valid price; the lowest counts.",
            "首位数字检验的标段数", "tenders", _DOMAIN),
        "benford_mad": Column(
            "Mean distance of the shares of their first two digits from Benford's law.",
            "首两位数字与本福特定律的平均偏差",
            "share", _DOMAIN, "Nigrini 2012"),
        "benford_p": Column(
            "Chance of so large a distance among as many prices that follow the law.", "偏离本福特定律的偶然"
            "概率",
            "probability", f"{_DOMAIN}; prices of one trade need not follow the law", "rules Q10c"),
    },
)  # fmt: skip
def buyer_digits(priced_bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per buyer with enough prices: the lowest bid of each tender."""
    lowest = priced_bids.group_by("tender_id").agg(pl.col("price").min())
    return leading_digits(lowest.join(tenders.select("tender_id", "buyer_id"), on="tender_id"), "buyer_id")
