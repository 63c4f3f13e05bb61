"""How a mean-benchmark tender's bids lie about the benchmark: one-sided, or crowded at an end."""

import polars as pl

from features.catalogue import Column, Grain, Reach, block

TAIL = 3
"""A tail is one in so many of the bids, rounded up."""

FEWEST_BIDS = 5
"""Bids from which a tail of two or more is not most of them."""

_AVERAGED = "mechanism mean_benchmark, n_valid >= 1"
_TAIL = f"mechanism mean_benchmark, n_valid >= {FEWEST_BIDS}, not all bids equal"
_SOURCE = "Conley and Decarolis 2016: a group's bids cluster at one tail and pull the average"


@block(
    Grain.TENDER,
    {
        "benchmark": Column(
            "The benchmark of the award: as recorded, else the mean of the valid bids.", "评标基准价",
            "currency of the tender", _AVERAGED, "rules 0.4"),
        "benchmark_recorded": Column(
            "The benchmark stands on record and was not computed here.", "基准价有记录", "", _AVERAGED),
        "above_benchmark_share": Column(
            "Share of the bids above the benchmark.", "高于基准价的报价占比", "share", _AVERAGED,
            "rules Q09"),
        "low_tail_step": Column(
            "Mean step within the lowest third of the bids over that of all: small where they crowd.",
            "低价端密集度", "mean steps", _TAIL, _SOURCE),
        "high_tail_step": Column(
            "Mean step within the highest third of the bids over that of all: small where they crowd.",
            "高价端密集度", "mean steps", _TAIL, _SOURCE),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def benchmark_shape(benchmark_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per mean-benchmark tender with a valid, priced bid.

    >>> bids = {"tender_id": ["T"] * 6, "price": [90.0, 91, 100, 110, 120, 130], "benchmark": 105.0}
    >>> made = benchmark_shape(pl.LazyFrame({**bids, "benchmark_recorded": False}))
    >>> made.select("above_benchmark_share", "low_tail_step", "high_tail_step").collect().rows()
    [(0.5, 0.125, 1.25)]
    """
    price, n = pl.col("price").sort(), pl.len()
    size = (n / TAIL).ceil().cast(pl.Int64)
    step = (price.last() - price.first()) / (n - 1)
    low = (price.get(size - 1) - price.first()) / (size - 1)
    high = (price.last() - price.get(n.cast(pl.Int64) - size)) / (size - 1)
    defined = (n >= FEWEST_BIDS) & (step > 0)
    return benchmark_bids.group_by("tender_id").agg(
        pl.col("benchmark", "benchmark_recorded").first(),
        (price > pl.col("benchmark").first()).mean().alias("above_benchmark_share"),
        pl.when(defined).then(low / step).alias("low_tail_step"),
        pl.when(defined).then(high / step).alias("high_tail_step"),
    )
