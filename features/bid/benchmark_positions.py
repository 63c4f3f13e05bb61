"""Where bids lie about the benchmark, in tenders that a mean-benchmark formula awards.

There bids cluster by design and the screens of lowest-price tenders mean little; what can be made is the
benchmark, by bids that pull it towards an ally. Null under every other mechanism (rules 0.4, Q08, Q09).
"""

import polars as pl

from features.bid.benchmark import FEWEST_LEFT
from features.catalogue import KEYS, Column, Grain, Reach, block, feature
from features.ratio import ratio

_AVERAGED = "mechanism mean_benchmark, the bid valid and priced"
_WITHOUT = f"{_AVERAGED}, n_valid >= {FEWEST_LEFT + 1}"


@block(
    Grain.BID,
    {
        "benchmark_without": Column(
            "What the benchmark would be without this bid.", "剔除本报价后的基准价",
            "currency of the tender", _WITHOUT, "rules Q08, Q09"),
        "supports_nearest": Column(
            "The bid brings the benchmark nearer to the other bid that lies nearest it.",
            "本报价使基准价靠近最接近者", "", _WITHOUT, "rules Q09"),
        "changes_nearest": Column(
            "Without this bid another of the other bids would lie nearest the benchmark.",
            "剔除本报价后最接近基准价者改变", "", _WITHOUT, "rules Q08"),
        "deviation_in_mads": Column(
            "Logarithm of the bid less the median one, over the median distance from it (MAD).",
            "报价偏离中位数（MAD倍数）", "MADs", f"{_WITHOUT}, MAD > 0", "rules Q09"),
        "benchmark_side_rank": Column(
            "Place of the bid by distance from the benchmark among those on its side: 1, 2, … above it, "
            "-1, -2, … below, 0 on it.", "基准价两侧位次", "places", _AVERAGED, "rules Q09"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def benchmark_positions(benchmark_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per valid, priced bid of a mean-benchmark tender.

    A support bid is a sacrificed one whose *presence* brings the benchmark towards an ally, so taking it
    away moves the benchmark from the ally's bid: `benchmark_without` shows it for any ally.
    """
    off = pl.col("price") - pl.col("benchmark")
    side = off.sign().cast(pl.Int64)
    rank = off.abs().rank("min").over("tender_id", side).cast(pl.Int64) * side
    made = ("benchmark_without", "supports_nearest", "changes_nearest", "deviation_in_mads")
    return benchmark_bids.select(*KEYS[Grain.BID], *made, rank.alias("benchmark_side_rank"))


@feature(
    Grain.BID, zh="报价与基准价偏离", unit="share of the benchmark", domain=_AVERAGED, source="rules Q09"
)
def benchmark_distance(price: pl.Expr, benchmark: pl.Expr) -> pl.Expr:
    """How far the bid lies above (positive) or below the benchmark of its tender."""
    return ratio(price - benchmark, benchmark)


@feature(
    Grain.BID, zh="报价对基准价的影响", unit="share of the benchmark", domain=_WITHOUT, source="rules Q08"
)
def benchmark_shift(benchmark: pl.Expr, benchmark_without: pl.Expr) -> pl.Expr:
    """How far the bid moves the benchmark, as a share of what it would be without it."""
    return ratio(benchmark - benchmark_without, benchmark_without)
