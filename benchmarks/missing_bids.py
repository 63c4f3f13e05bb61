"""The bound of the missing-bids test: this programme against the published way of solving it.

Run: `python -m benchmarks.missing_bids --data DIR`, where DIR holds `tsuchiura/tsuchiura_data.csv`.
The reference code (Chassang et al., `missing_bids`) draws 1,000 random histories, solves a convex programme
over them, keeps the histories that carry 99 % of the weight, does so 100 times, and solves once more over a
further 1,000 and all that were kept. That resolution of 100 x 1,000 histories is its setting for the
published figures; it was timed elsewhere at 88 to 167 s for one bound. It cannot be run here (it needs
cvxpy), so its scheme is written anew, with SciPy's HiGHS in place of cvxpy, arrays in place of a Python call
per history and no convex hull before each programme, on the same demand and the same limits: a comparison
that favours it. Processor seconds of one process; the last column divides the times published for the
reference by them.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import linprog

from benchmarks.costs import machine
from features.market.demand import limits, moments, tender_codes, wins
from features.market.margins import margins
from features.market.missing_bids import NEAR_TIE, share_not_competitive
from features.market.outcome import Outcome
from features.market.rationalise import least_share
from features.segments import Floats

CHANGES = (-0.02, 0.0, 0.0008)
PROGRAMMES, HISTORIES, KEPT = 100, 1_000, 0.99
MOST_MARKUP = 0.5
PUBLISHED_SECONDS = (88.0, 167.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--markups", type=float, nargs="+", default=[0.0, 0.1])
    parser.add_argument("--programmes", type=int, default=PROGRAMMES)
    asked = parser.parse_args()
    print(machine())
    bids = before_the_floor(asked.data / "tsuchiura" / "tsuchiura_data.csv")
    print(f"{'markup':>6} {'way':<24} {'share':>7} {'cpu s':>8} {'faster':>7} {'than the reference':>20}")
    for markup in asked.markups:
        compare(bids, markup, asked.programmes)


def compare(bids: pl.LazyFrame, markup: float, programmes: int) -> None:
    rows, most = moments(CHANGES), demand_limits(bids)
    costs = (1 / (1 + MOST_MARKUP), 1 / (1 + markup))
    sampled, slow = timed(lambda: by_sampling(rows, most, costs, programmes))
    exact, quick = timed(lambda: least_share(CHANGES, rows, most, costs))
    again, whole = timed(lambda: share_not_competitive(bids, markup=markup, above=0.9))
    for way, share, seconds in (
        (f"{programmes} x {HISTORIES:,} histories", sampled, slow),
        ("one programme", exact, quick),
        ("both bounds, from bids", again, whole),
    ):
        least, most_times = (published / seconds for published in PUBLISHED_SECONDS)
        print(
            f"{markup:>6.2f} {way:<24} {share:>7.4f} {seconds:>8.3f} {slow / seconds:>7.0f} "
            f"{f'{least:,.0f} to {most_times:,.0f}':>20}",
            flush=True,
        )


def before_the_floor(path: Path) -> pl.LazyFrame:
    raw = pl.scan_csv(path, infer_schema_length=None)
    return (
        raw.filter(pl.col("norm_bid").is_not_null() & pl.col("minprice").is_null())
        .select(
            pl.col("pid").cast(pl.String).alias("tender_id"),
            pl.col("bid").cast(pl.Float64).alias("price"),
            pl.col("reserveprice").cast(pl.Float64).alias("ceiling"),
        )
        .collect()
        .lazy()
    )


def demand_limits(bids: pl.LazyFrame) -> Floats:
    """The published limits: normal at 95 % jointly, near ties apart, bids above 90 % of the reserve."""
    kept = margins(bids).filter((pl.col("ratio") > 0.9) & (pl.col("closest") > NEAR_TIE))
    used = kept.select("tender_id", "ratio", "rival").sort(pl.all()).collect()
    return limits(wins(used, CHANGES), tender_codes(used), moments(CHANGES), 0.95)[0]


def by_sampling(
    rows: Floats, most: Floats, costs: tuple[float, float], programmes: int, seed: int = 0
) -> float:
    """Least weight of histories that do not compete, among random histories, best ones carried over."""
    corners = np.array([[1, 1, 1], [1, 1, 0], [0, 0, 0], [1, 0, 0]], np.float64)
    kept = [corners]
    for number in range(programmes):
        histories = np.vstack([corners, drawn(np.random.default_rng([seed, number]))])
        weight, _ = solved(histories, rows, most, costs)
        order = np.argsort(-weight)
        enough = int(np.searchsorted(np.cumsum(weight[order]), KEPT)) + 1
        kept.append(histories[order[:enough]])
    last = drawn(np.random.default_rng([seed, programmes]))
    return solved(np.vstack([last, *kept]), rows, most, costs)[1]


def drawn(rng: np.random.Generator) -> Floats:
    """Random beliefs that fall from change to change."""
    return np.asarray(-np.sort(-rng.random((HISTORIES, len(CHANGES))), axis=1))


def solved(histories: Floats, rows: Floats, most: Floats, costs: tuple[float, float]) -> tuple[Floats, float]:
    found = linprog(
        not_competing(histories, costs),
        A_ub=rows @ histories.T,
        b_ub=most,
        A_eq=np.ones((1, len(histories))),
        b_eq=[1.0],
        method="highs",
    )
    if found.status != 0:
        raise ValueError(f"No mixture of {len(histories)} histories meets the limits: {found.message}")
    return found.x, float(found.fun)


def not_competing(histories: Floats, costs: tuple[float, float]) -> Floats:
    """1 for a history that no cost in the range explains, 0 for the others (research 3.7)."""
    low, high = np.full(len(histories), costs[0]), np.full(len(histories), costs[1])
    own = histories[:, CHANGES.index(0.0)]
    for change, won in zip(CHANGES, histories.T, strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            at = (own - (1 + change) * won) / (own - won)
        if change < 0:  # a cut that wins no more often is never worth it
            low = np.where(won > own, np.maximum(low, at), low)
        elif change > 0:  # a rise that loses nothing is always worth it, unless nothing is won
            high = np.where(won < own, np.minimum(high, at), np.where(own > 0, -np.inf, high))
    return (low > high + 1e-12).astype(np.float64)


def timed(work: Callable[[], float | Outcome]) -> tuple[float, float]:
    begun = time.process_time()
    made = work()
    seconds = time.process_time() - begun
    return made if isinstance(made, float) else made.statistic, seconds


if __name__ == "__main__":
    main()
