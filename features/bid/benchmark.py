"""The benchmark of tenders that a mean-benchmark formula awards (合理低价法), with and without each bid."""

import numpy as np
import numpy.typing as npt
import polars as pl

from features.catalogue import KEYS, Grain, Reach, frame
from features.segments import Counts, Floats, Segments
from records.tables import Mechanism

FEWEST_LEFT = 2
"""Bids that must remain for a benchmark without one bid."""

_NEVER = 2**31
_DRAWN = ("benchmark", "ceiling_weight", "trim_from")
_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(KEYS[Grain.BID], pl.String),
        "benchmark": pl.Float64,
        "benchmark_recorded": pl.Boolean,
        "price": pl.Float64,
        "benchmark_without": pl.Float64,
        "supports_nearest": pl.Boolean,
        "changes_nearest": pl.Boolean,
        "deviation_in_mads": pl.Float64,
    }
)


@frame(reach=Reach.TENDER)
def benchmark_bids(priced_bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per valid, priced bid of a mean-benchmark tender, with the benchmark with and without it.

    The benchmark is the recorded one (`benchmark` in `mechanism_detail`), else what the recorded formula
    gives, and without a formula the mean of the valid bids. Of the formula two terms are read:
    `ceiling_weight` blends the ceiling with the mean bid, and from `trim_from` bids on the highest and the
    lowest do not count. A drawn coefficient is what is left between formula and recorded value, and stays
    the same without the bid. A formula that blends in a ceiling which is not on record leaves unknown what
    it would give.
    """
    drawn = recorded_terms(tenders)
    bids = priced_bids.select(*KEYS[Grain.BID], "price", pl.col("ceiling").cast(pl.Float64))
    return (
        bids.join(drawn, on="tender_id")
        .sort("tender_id", "price", "bid_id")
        .map_batches(_placed, schema=_SCHEMA)
    )


def recorded_terms(tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per mean-benchmark tender: its `tender_id` and the terms of the formula, null if not on record.

    >>> tenders = pl.LazyFrame({"tender_id": ["T"], "mechanism": ["mean_benchmark"],
    ...                         "mechanism_detail": ['{"trim_from": 5}']})
    >>> recorded_terms(tenders).collect().rows()
    [('T', None, None, 5.0)]
    """
    averaged = tenders.filter(pl.col("mechanism").cast(pl.String) == Mechanism.MEAN_BENCHMARK.value)
    term = pl.col("mechanism_detail").str.json_path_match
    return averaged.select(
        "tender_id", *(term(f"$.{name}").cast(pl.Float64, strict=False).alias(name) for name in _DRAWN)
    )


def _placed(bids: pl.DataFrame) -> pl.DataFrame:
    """Benchmarks from bids sorted by tender and price."""
    if bids.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    cut = Segments(bids["tender_id"].rle().struct.field("len").to_numpy().astype(np.int64))
    price = bids["price"].to_numpy()
    drawn, weight, trim_from, ceiling = (
        bids[name].fill_null(float("nan")).to_numpy()[cut.start]
        for name in ("benchmark", "ceiling_weight", "trim_from", "ceiling")
    )
    weight = np.nan_to_num(weight)
    fixed = np.where(weight > 0, weight * ceiling, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        everyone, without = _means(price, cut, np.where(trim_from > 2, trim_from, _NEVER))
        formula = fixed + (1 - weight) * everyone
        benchmark = np.where(drawn > 0, drawn, formula)
        coefficient = benchmark / formula
        left = cut.spread(coefficient * fixed) + cut.spread(coefficient * (1 - weight)) * without
        found = _nearest(price, cut, cut.spread(benchmark), left)
        mads = _deviation_in_mads(np.log(price), cut)
    return pl.DataFrame(
        {
            **{key: bids[key] for key in KEYS[Grain.BID]},
            "benchmark": cut.spread(benchmark),
            "benchmark_recorded": cut.spread(drawn > 0),
            "price": price,
            "benchmark_without": left,
            **found,
            "deviation_in_mads": mads,
        },
        nan_to_null=True,
    ).with_columns(pl.when(pl.lit(pl.Series(np.isfinite(left)))).then(name) for name in found)


def _means(price: Floats, cut: Segments, trim_from: Floats) -> tuple[Floats, Floats]:
    """Mean of every tender, and of the others for every bid; extremes are cut from `trim_from` bids on."""
    n, last = cut.n, cut.start + cut.n - 1
    total, low, high = cut.sum(price), price[cut.start], price[last]
    trim = n >= trim_from
    everyone = np.where(trim, total - low - high, total) / np.where(trim, n - 2, n)
    second, second_last = price[np.minimum(cut.start + 1, last)], price[np.maximum(last - 1, cut.start)]
    first, end = cut.position == 0, cut.position == cut.spread(n) - 1
    least, most = (
        np.where(first, cut.spread(second), cut.spread(low)),
        np.where(end, cut.spread(second_last), cut.spread(high)),
    )
    others, trimmed = cut.spread(n - 1), cut.spread(n - 1 >= trim_from)
    rest = cut.spread(total) - price
    without = np.where(trimmed, rest - least - most, rest) / np.where(trimmed, others - 2, others)
    return everyone, np.where(others >= FEWEST_LEFT, without, np.nan)


def _nearest(
    price: Floats, cut: Segments, benchmark: Floats, left: Floats
) -> dict[str, npt.NDArray[np.bool_]]:
    """What each bid does for the other bid that lies nearest the benchmark."""
    other, other_left = (nearest_other(price, cut, at) for at in (benchmark, left))
    return {
        "supports_nearest": np.abs(other - benchmark) < np.abs(other - left),
        "changes_nearest": other != other_left,
    }


def nearest_other(price: Floats, cut: Segments, target: Floats) -> Floats:
    """For every bid, the other price of its tender nearest its target; of two as near, the lower.

    Prices ascend within each tender.

    >>> cut = Segments(np.array([3]))
    >>> nearest_other(np.array([90.0, 100.0, 120.0]), cut, np.array([95.0, 95.0, 95.0])).tolist()
    [100.0, 90.0, 90.0]
    """
    row, start = np.arange(price.size), cut.spread(cut.start)
    place = _bisect(price, cut, target)
    best, distance = np.full(price.size, np.nan), np.full(price.size, np.inf)
    for step in (-2, -1, 0, 1):
        at = place + step
        usable = (at >= start) & (at < start + cut.spread(cut.n)) & (at != row)
        value = price[np.clip(at, 0, price.size - 1)]
        away = np.where(usable, np.abs(value - target), np.inf)
        best, distance = np.where(away < distance, value, best), np.minimum(away, distance)
    return best


def _bisect(price: Floats, cut: Segments, target: Floats) -> Counts:
    """First row of the bid's tender whose price is at least the target."""
    low = cut.spread(cut.start)
    high = low + cut.spread(cut.n)
    for _ in range(int(cut.n.max(initial=1)).bit_length()):
        middle = np.minimum((low + high) // 2, price.size - 1)
        right = (low < high) & (price[middle] < target)
        low, high = np.where(right, middle + 1, low), np.where(right | (low >= high), high, middle)
    return low


def _deviation_in_mads(log_price: Floats, cut: Segments) -> Floats:
    """Distance from the median over the median distance; NaN below three bids and where that is zero."""
    off = log_price - cut.spread(_median(log_price, cut))
    away = np.abs(off)
    tender = cut.spread(np.arange(cut.n.size))
    mad = _median(away[np.lexsort((away, tender))], cut)
    return np.asarray(off / cut.spread(np.where((cut.n > 2) & (mad > 0), mad, np.nan)))


def _median(ascending: Floats, cut: Segments) -> Floats:
    return np.asarray((ascending[cut.start + (cut.n - 1) // 2] + ascending[cut.start + cut.n // 2]) / 2)
