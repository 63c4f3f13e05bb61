"""Order statistics, moments and steps of a tender's valid bids: what every screen is made from.

The bids of a tender are sorted once; every statistic is then a reduction over runs of one array.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from features.catalogue import Column, Grain, Reach, block
from features.hashed import hashed, join_hashed
from features.segments import Counts, Floats, Segments, T

NEAR_CEILING = 0.98
"""Share of the ceiling from which a bid counts as near it (rules Q07)."""

_AMOUNT = "currency of the tender"
_STEPS = "n_valid >= 3, not all bids equal"
_SPREAD = "n_valid >= 2, not all bids equal"
_SCHEMA = pl.Schema(
    {
        "tender": pl.UInt32,
        "n_valid": pl.Int64,
        "lowest_bid": pl.Float64,
        "second_bid": pl.Float64,
        "highest_bid": pl.Float64,
        "bid_mean": pl.Float64,
        "bid_sd": pl.Float64,
        "losers_sd": pl.Float64,
        "standardised_cubes": pl.Float64,
        "standardised_fourths": pl.Float64,
        "ks_uniform": pl.Float64,
        "ks_imhof": pl.Float64,
        "step_spread": pl.Float64,
        "log_step_spread": pl.Float64,
        "equal_step_exact": pl.Boolean,
        "n_equal_bids": pl.Int64,
        "near_ceiling_share": pl.Float64,
    }
)


@block(
    Grain.TENDER,
    {
        "n_bids": Column("Number of bids submitted, whatever became of them.", "投标数", "bids"),
        "n_valid": Column(
            "Number of valid bids with a price in the tender's currency.", "有效报价数", "bids"
        ),
        "lowest_bid": Column("Lowest valid bid.", "最低报价", _AMOUNT, "n_valid >= 1"),
        "second_bid": Column("Second lowest valid bid.", "次低报价", _AMOUNT, "n_valid >= 2"),
        "highest_bid": Column("Highest valid bid.", "最高报价", _AMOUNT, "n_valid >= 1"),
        "bid_mean": Column("Arithmetic mean of the valid bids.", "报价均值", _AMOUNT, "n_valid >= 1"),
        "bid_sd": Column("Sample standard deviation of the bids.", "报价标准差", _AMOUNT,
                         "n_valid >= 2"),
        "losers_sd": Column("Sample standard deviation of all bids but the lowest.",
                            "非最低报价标准差", _AMOUNT, "n_valid >= 3"),
        "standardised_cubes": Column("Sum of the cubed standardised bids, from which skewness is made.",
                                     "标准化报价三次方和", "", _SPREAD),
        "standardised_fourths": Column(
            "Sum of the fourth powers of the standardised bids, from which kurtosis is made.",
            "标准化报价四次方和", "", _SPREAD),
        "ks_uniform": Column(
            "Largest distance of the bids, scaled to 0..1 between lowest and highest, from even spacing.",
            "报价均匀性KS统计量", "share", _SPREAD, "García Rodríguez et al. 2022"),
        "ks_imhof": Column(
            "Largest distance of the bids, divided by their deviation, from the uniform ranks i/(n+1).",
            "报价KS统计量（Imhof）", "", _SPREAD, "Huber and Imhof 2019"),
        "step_spread": Column(
            "Largest deviation of a step between sorted neighbours from the mean step, as a share of it.",
            "报价等差偏离度", "share of the mean step", _STEPS, "rules Q02"),
        "log_step_spread": Column(
            "The same for steps between logarithms: zero when bids grow by one constant ratio.",
            "报价等比偏离度", "share of the mean log step", _STEPS, "rules Q03"),
        "equal_step_exact": Column(
            "All steps between sorted bids are equal to the last unit and not zero.", "报价步长完全相等",
            "", "n_valid >= 3", "rules Q02"),
        "n_equal_bids": Column("Number of bids that equal another bid to the last unit.", "相同报价数",
                               "bids", "n_valid >= 2", "rules Q01"),
        "near_ceiling_share": Column(
            f"Share of the bids at or above {NEAR_CEILING:.0%} of the ceiling price.", "贴近最高限价的比例",
            "share", "n_valid >= 1, ceiling known and positive", "rules Q07"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def bid_statistics(bids: pl.LazyFrame, priced_bids: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with at least one bid."""
    counted = (
        bids.group_by(hashed("tender_id")).agg(pl.col("tender_id").first(), n_bids=pl.len().cast(pl.Int64))
        .select("tender_id", "n_bids")
    )  # fmt: skip
    prices = priced_bids.filter(pl.col("tender").is_not_null()).select("tender", "amount", "ceiling")
    return (
        join_hashed(counted, tender_codes.select("tender_id", "tender"), "tender_id", "left")
        .join(prices.map_batches(_statistics, schema=_SCHEMA), on="tender", how="left")
        .drop("tender")
        .with_columns(pl.col("n_valid").fill_null(0))
    )


def _statistics(prices: pl.DataFrame) -> pl.DataFrame:
    """From bids in any order to one row of statistics per tender."""
    tender = prices["tender"].to_numpy()
    order = np.argsort(tender, kind="stable")
    tender = tender[order]
    cut = Segments(_run_lengths(tender))
    ascending = _sorter(cut)
    x = ascending(prices["amount"].cast(pl.Float64).to_numpy()[order])
    units = ascending(_whole(prices["amount"])[order])
    step = np.diff(units, prepend=units[:1])
    as_before = (step == 0) & (cut.position > 0)
    same_step = (step == np.roll(step, 1)) & (cut.position > 1)
    ceiling = prices["ceiling"].cast(pl.Float64).fill_null(np.nan).to_numpy()[order[cut.start]]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            **_moments(x, cut),
            "step_spread": step_spread(x, cut),
            "log_step_spread": step_spread(np.log(x), cut),
            "near_ceiling_share": cut.count(x >= NEAR_CEILING * cut.spread(ceiling)) / cut.n,
        }
    return (
        pl.DataFrame({"tender": tender[cut.start], "n_valid": cut.n, **found}, nan_to_null=True)
        .with_columns(
            n_equal_bids=cut.count(as_before | np.append(as_before[1:], False)[: x.size]),
            equal_step_exact=cut.count(same_step) == cut.n - 2,
            limit=pl.Series(ceiling, nan_to_null=True),
        )
        .with_columns(
            pl.when(pl.col("n_valid") >= 2).then("n_equal_bids"),
            pl.when(pl.col("n_valid") >= 3).then(pl.col("equal_step_exact") & (pl.col("n_equal_bids") == 0)),
            pl.when(pl.col("limit") > 0).then("near_ceiling_share"),
        )
        .select(_SCHEMA.names())
        .cast(_SCHEMA)
    )


def _run_lengths(ordered: npt.NDArray[np.uint32]) -> Counts:
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1, ordered.size)
    return np.diff(ends, prepend=0) if ordered.size else np.zeros(0, np.int64)


def _sorter(cut: Segments) -> Callable[[npt.NDArray[T]], npt.NDArray[T]]:
    """A function that sorts the values of each group: groups of one length are the rows of a matrix."""
    places = [
        cut.start[cut.n == n][:, None] + np.arange(n) for n in np.flatnonzero(np.bincount(cut.n)).tolist()
    ]

    def ascending(rows: npt.NDArray[T]) -> npt.NDArray[T]:
        made = np.empty_like(rows)
        for at in places:
            made[at] = np.sort(rows[at], axis=1)
        return made

    return ascending


def _whole(amount: pl.Series) -> npt.NDArray[np.int64]:
    """Amounts as whole numbers, so that equal is equal to the last unit.

    In millionths where these fit into 64 bits, else in hundredths; amounts that fit neither way become
    Python's own numbers, which are slow and always right.
    """
    millionths = amount.to_physical()
    for unit in (1, 10_000):
        divisor = pl.Series([unit], dtype=pl.Int128)
        whole = millionths // divisor
        small = whole.cast(pl.Int64, strict=False)
        if small.null_count() == 0 and bool((whole * divisor == millionths).all()):
            return small.to_numpy()
    return np.array(millionths.to_list(), dtype=object)


def _moments(x: Floats, cut: Segments) -> dict[str, Floats]:
    """Order statistics, moments about the mean and distances, NaN outside their domain.

    Powers are taken of bids in units of their deviation, so nothing overflows or depends on currency.
    """
    n, rank = cut.n, cut.position + 1.0
    low, high = x[cut.start], x[cut.start + n - 1]
    second = np.where(n > 1, x[np.minimum(cut.start + 1, x.size - 1)], np.nan)
    mean, sd = _mean_and_sd(x, cut, n, low, high)
    losers = x.copy()
    losers[cut.start] = 0.0
    losers_sd = _mean_and_sd(losers, cut, n - 1, second, high)[1]
    size, scale = cut.spread(n.astype(np.float64)), cut.spread(np.where(sd > 0, sd, np.nan))
    z = (x - cut.spread(mean)) / scale
    scaled = (x - cut.spread(low)) / cut.spread(high - low)
    uneven = np.maximum(rank / size - scaled, scaled - cut.position / size)
    from_rank = np.abs(x / scale - rank / (size + 1))
    square = z * z
    return {
        "lowest_bid": low,
        "second_bid": second,
        "highest_bid": high,
        "bid_mean": mean,
        "bid_sd": sd,
        "losers_sd": losers_sd,
        "standardised_cubes": cut.sum(square * z),
        "standardised_fourths": cut.sum(square * square),
        "ks_uniform": cut.max(uneven),
        "ks_imhof": cut.max(from_rank),
    }


def _mean_and_sd(x: Floats, cut: Segments, n: Counts, least: Floats, most: Floats) -> tuple[Floats, Floats]:
    """Mean and sample deviation of the bids that are not 0; equal bids deviate by exactly zero."""
    mean = np.where(most > least, cut.sum(x) / n, least)
    deviation = np.where(x != 0, x - cut.spread(mean), 0.0)
    return mean, np.where(n > 1, np.sqrt(cut.sum(deviation * deviation) / (n - 1)), np.nan)


def step_spread(x: Floats, cut: Segments) -> Floats:
    """Largest deviation of a step from the mean step, over the mean step; NaN where undefined.

    >>> step_spread(np.array([100.0, 110, 120, 132, 5, 6]), Segments(np.array([4, 2]))).round(3).tolist()
    [0.125, nan]
    """
    mean = (x[cut.start + cut.n - 1] - x[cut.start]) / (cut.n - 1)
    steps = np.diff(x, prepend=0.0)
    deviation = np.where(cut.position > 0, np.abs(steps - cut.spread(mean)), 0.0)
    return np.where((cut.n > 2) & (mean > 0), cut.max(deviation) / mean, np.nan)
