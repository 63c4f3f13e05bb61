"""Gaps between neighbouring bids in suspected tenders against others (Clark, Coviello and De Leverano 2025).

Cover bids stand clear of the agreed winner and crowd among themselves: fewer small gaps between winner and
runner-up, more small gaps between losers. Either alone has other reasons; both against like tenders, fewer.
The published design regresses the indicator of a gap up to c on a cartel-by-period term over a grid of c; here the
two sets are given by the caller, and labels are shuffled among tenders with as many bids.
"""  # noqa: E501

from collections.abc import Collection
from typing import Literal

import numpy as np
import polars as pl

from features.market.outcome import Outcome, need_columns, require
from features.segments import Bools, Floats, Segments

FEWEST = 20
"""Tenders of either set without which the comparison says nothing."""

GRID = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05)
"""Sizes of gap at which the sets are compared, as shares of the lowest bid."""

CLASSES = 12
"""Numbers of bids from which tenders form one class."""

SOURCE = "Clark, Coviello and De Leverano 2025; shuffled labels in place of their regression"

_INVALID = (
    "sets that differ in more than an agreement: works, size, price level, rules, period",
    "suspected tenders that were picked for their gaps",
    "prices on a grid coarser than the gaps compared",
    "one cartel active in both sets: the comparison shows nothing, not that there is nothing",
)


def gap_comparison(
    bids: pl.LazyFrame,
    suspected: Collection[str],
    *,
    between: Literal["winner and runner-up", "losers"] = "winner and runner-up",
    resamples: int = 999,
    seed: int = 0,
) -> Outcome:
    """Whether suspected tenders have fewer near misses of the winner, or more crowded losers.

    Args:
        bids: a frame with `tender_id, price`, suspected and control tenders together.
        suspected: identifiers of the suspected tenders; all others are the control.
        between: the gap of the two lowest bids (tenders of two or more), where a lack of small gaps
            counts; or each other bid's gap to the nearest bid that is not the lowest (tenders of three or more),
            averaged within a tender, where an excess counts.
        resamples: shuffles of the labels among tenders with as many bids.
        seed: of these shuffles.

    Returns:
        `statistic` is the difference of the shares of gaps up to c, suspected minus control and both
        adjusted for the number of bids, at the c of `GRID` where it stands out most; `details` holds it
        for every c, and `at` is that c. The one-sided p-value counts the shuffles in which some c stands
        out as much, so choosing c costs nothing.

    Raises:
        ValueError: fewer than `FEWEST` suspected or control tenders.

    >>> rng = np.random.default_rng(2)
    >>> bids = pl.LazyFrame({"tender_id": [f"T{i // 4}" for i in range(800)], "price": rng.normal(100, 5, 800)})
    >>> found = gap_comparison(bids, {f"T{i}" for i in range(100)})
    >>> found.n, bool(found.p_value > 0.05)
    (200, True)
    """  # noqa: E501
    need_columns("The comparison of gaps", bids, ("tender_id", "price"))
    small, classes, marked = _small_gaps(bids, suspected, between)
    more = "Take more tenders."
    require("The comparison of gaps", int(marked.sum()), FEWEST, "suspected tenders", more)
    require("The comparison of gaps", int((~marked).sum()), FEWEST, "control tenders", more)
    adjusted, side = _within(small, classes), -1.0 if between == "winner and runner-up" else 1.0
    rng = np.random.default_rng(seed)
    labels = np.array([marked, *(_shuffled(marked, classes, rng) for _ in range(resamples))])
    apart = _differences(adjusted, labels)
    at, p = _standing_out(side * apart)
    return Outcome(
        f"gaps: {between}",
        statistic=float(apart[0, at]),
        n=marked.size,
        unit="tenders",
        p_value=p,
        invalid_if=_INVALID,
        source=SOURCE,
        details={
            "suspected": float(marked.sum()),
            "at": GRID[at],
            **{f"difference_{c:g}": float(d) for c, d in zip(GRID, apart[0], strict=True)},
        },
    )


def _small_gaps(bids: pl.LazyFrame, suspected: Collection[str], between: str) -> tuple[Floats, Floats, Bools]:
    """Per tender: share of its gaps up to each c, its class of number of bids, whether it is suspected."""
    fewest = 2 if between == "winner and runner-up" else 3
    rows = (
        bids.filter(pl.col("price") > 0).select("tender_id", pl.col("price").cast(pl.Float64))
        .filter(pl.len().over("tender_id") >= fewest)
        .sort("tender_id", "price").collect()
    )  # fmt: skip
    cut = Segments(rows["tender_id"].rle().struct.field("len").to_numpy().astype(np.int64))
    price = rows["price"].to_numpy()
    gap = np.append(np.diff(price), np.inf) / cut.spread(price[cut.start])
    if between == "losers":
        gap = np.where(cut.position == cut.spread(cut.n) - 1, np.inf, gap)
        before = np.where(cut.position <= 1, np.inf, np.append(np.inf, gap[:-1]))
        gap, use = np.minimum(gap, before), cut.position > 0
    else:
        use = cut.position == 0
    count = cut.sum(use.astype(np.float64))
    small = np.array([cut.sum((use & (gap <= c)).astype(np.float64)) / count for c in GRID]).T
    names = rows["tender_id"].gather(pl.Series(cut.start))
    return small, np.minimum(cut.n, CLASSES), names.is_in(list(suspected)).to_numpy()


def _within(small: Floats, classes: Floats) -> Floats:
    """Shares less the mean of their class."""
    _, code = np.unique(classes, return_inverse=True)
    mean = np.array([np.bincount(code, weights=column) for column in small.T]) / np.bincount(code)
    return np.asarray(small - mean.T[code])


def _shuffled(marked: Bools, classes: Floats, rng: np.random.Generator) -> Bools:
    """The labels in random order within each class."""
    shuffled = np.empty_like(marked)
    in_class = np.lexsort((rng.random(marked.size), classes))
    shuffled[in_class] = marked[np.argsort(classes, kind="stable")]
    return shuffled


def _differences(adjusted: Floats, labels: Bools) -> Floats:
    """Mean of the suspected less mean of the control, one row per labelling and one column per c."""
    ours = labels.sum(axis=1)[:, None]
    return np.asarray(labels @ adjusted / ours - ~labels @ adjusted / (labels.shape[1] - ours))


def _standing_out(apart: Floats) -> tuple[int, float]:
    """Where the first row stands out most, in deviations of the others, and how often they do as much."""
    spread = apart[1:].std(axis=0)
    standing = np.where(spread > 0, apart / np.where(spread > 0, spread, 1.0), -np.inf)
    best = standing.max(axis=1)
    return int(standing[0].argmax()), float((1 + (best[1:] >= best[0] - 1e-9).sum()) / best.size)
