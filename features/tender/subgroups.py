"""Screens of every three and every four bids of a tender: a ring inside a larger field shows in its subset.

Wallimann, Imhof and Huber 2023. A tender of ten bids has 330 such subsets, so this is a block on demand:
`Build(market).grain(Grain.TENDER, also=["subgroup_screens"])`.
"""

import math
from collections.abc import Iterator
from functools import cache
from itertools import combinations

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, Reach, block
from features.segments import Counts, Floats
from features.tender.bid_matrix import SCREENS, screens_of

SIZES = (3, 4)
"""Bids per subset."""

CAP = 500
"""Most subsets of one size that are looked at; up to 12 bids (of four) or 15 (of three) that is all."""

STATISTICS = {"mean": "均值", "median": "中位数", "min": "最小值", "max": "最大值"}
_ZH = {
    "cv": "变异系数",
    "spread": "极差率",
    "gap_ratio": "最低两价差率",
    "relative_distance": "相对距离",
    "normalised_distance": "标准化距离",
    "alternative_distance": "替代距离",
    "skewness": "偏度",
    "kurtosis": "峰度",
    "ks": "均匀性KS统计量",
}
_UNIT = {
    "cv": "share of the mean",
    "spread": "share of the lowest bid",
    "gap_ratio": "share of the lowest bid",
    "relative_distance": "deviations",
    "normalised_distance": "mean steps",
    "alternative_distance": "mean steps",
    "ks": "share",
}
_ANY = {"cv", "spread", "gap_ratio"}
_SEED = 33
_AT_ONCE = 100_000


def _column(size: int, screen: str, statistic: str) -> Column:
    word = {"min": "Smallest", "max": "Largest"}.get(statistic, statistic.capitalize())
    return Column(
        f"{word} {screen.replace('_', ' ')} over the subsets of {size} bids.",
        f"任取{size}家报价{_ZH[screen]}的{STATISTICS[statistic]}",
        _UNIT.get(screen, ""),
        "n_valid >= 4" + ("" if screen in _ANY else ", defined for some subset"),
        "Wallimann, Imhof and Huber 2023",
    )


COLUMNS = {
    f"subset{size}_{screen}_{statistic}": _column(size, screen, statistic)
    for size in SIZES
    for screen in SCREENS
    for statistic in STATISTICS
    if screen != "kurtosis" or size > 3
}

# Single precision: 68 columns of a million tenders are 270 MB rather than 540.
_SCHEMA = pl.Schema({"tender_id": pl.String, **dict.fromkeys(COLUMNS, pl.Float32)})


@block(Grain.TENDER, COLUMNS, on_demand=True, reach=Reach.TENDER)
def subgroup_screens(priced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with four or more valid bids.

    Beyond `CAP` subsets the same `CAP` ranks are looked at in every tender with as many bids, drawn once
    by a seed: tenders then differ by their bids, not by the draw.
    """
    ordered = (
        priced_bids.group_by("tender_id")
        .agg(pl.col("price").sort())
        .filter(pl.col("price").list.len() >= max(SIZES))
    )
    return ordered.map_batches(_screened, schema=_SCHEMA)


@cache
def subsets(n: int, size: int) -> Counts:
    """Ranks of the subsets that are looked at, shape (size, subsets), ascending along the first axis.

    >>> subsets(4, 3).T.tolist()
    [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]
    """
    if math.comb(n, size) <= CAP:
        return np.array(list(combinations(range(n), size))).T
    rng = np.random.default_rng([_SEED, n, size])
    drawn = np.sort(rng.random((4 * CAP, n)).argsort(axis=1)[:, :size], axis=1)
    _, first = np.unique(drawn, axis=0, return_index=True)
    return np.asarray(drawn[np.sort(first)[:CAP]].T)


def summarised(values: Floats) -> dict[str, Floats]:
    """Statistics over the first axis of what is defined there; NaN where nothing is.

    >>> found = summarised(np.array([[1.0], [np.nan], [4.0], [2.0]]))
    >>> {name: float(value[0]) for name, value in found.items()}["median"]
    2.0
    """
    ordered = np.sort(values, axis=0)
    defined = (~np.isnan(ordered)).sum(axis=0)
    last, each = np.maximum(defined - 1, 0), np.arange(ordered.shape[1])
    with np.errstate(invalid="ignore"):
        return {
            "mean": np.nansum(ordered, axis=0) / np.where(defined > 0, defined, np.nan),
            "median": (ordered[last // 2, each] + ordered[(last + 1) // 2, each]) / 2,
            "min": ordered[0],
            "max": ordered[last, each],
        }


def _screened(ordered: pl.DataFrame) -> pl.DataFrame:
    """From one list of ascending prices per tender to one row of subset screens per tender."""
    length = ordered["price"].list.len().to_numpy().astype(np.int64)
    start, price = np.cumsum(length) - length, ordered["price"].explode().to_numpy()
    found = {name: np.full(length.size, np.nan, np.float32) for name in COLUMNS}
    for n, rows in _alike(length):
        bids = price[start[rows] + np.arange(n)[:, None]]
        for size in SIZES:
            for screen, values in screens_of(bids[subsets(n, size)]).items():
                for statistic, value in summarised(values).items():
                    found[f"subset{size}_{screen}_{statistic}"][rows] = value
    return pl.DataFrame({"tender_id": ordered["tender_id"], **found}, nan_to_null=True).cast(_SCHEMA)


def _alike(length: Counts) -> Iterator[tuple[int, Counts]]:
    """Tenders of equal length, in portions whose subsets fit the processor's cache."""
    order = np.argsort(length, kind="stable")
    lengths, first = np.unique(length[order], return_index=True)
    for n, rows in zip(lengths.tolist(), np.split(order, first[1:]), strict=False):
        each = max(1, _AT_ONCE // min(CAP, math.comb(n, max(SIZES))))
        for at in range(0, rows.size, each):
            yield n, rows[at : at + each]
