"""Close winners against close losers: who wins when a hair decides (Kawai, Nakabayashi, Ortner, Chassang 2023).

Among bids that won or lost by almost nothing, independent bidders that cannot foresee the others' bids are
alike in everything fixed beforehand. Where turns are taken, close losers carry more recent work than close
winners; where incumbents are protected, close winners are more often incumbents.
"""  # noqa: E501

from datetime import timedelta

import numpy as np
import polars as pl
from scipy.special import stdtr

from features.market.margins import margins
from features.market.outcome import Outcome, need_columns, require
from features.segments import Floats

FEWEST = 50
"""Tenders with a bid inside the bandwidth without which the test says nothing."""

FEWEST_ON_A_SIDE = 4
"""Close bids on either side without which no line is fitted there."""

BACKLOG_DAYS = 90
"""Days over which a firm's wins count as work at hand, as in the paper."""

SOURCE = "Kawai, Nakabayashi, Ortner and Chassang 2023"

_INVALID = (
    "bidders that see or guess the others' bids, as in open auctions or after a leak",
    "awards that depend on more than price, or preferences for some bidders that shift the margin",
    "few close bids: a gap at zero leaves the limits to extrapolation (see the density screen)",
    "an outcome that the award itself changes; it must be fixed before the bids",
    "a bandwidth at which the outcome is not near linear (compare details['half_bandwidth'])",
)


def close_margin(bids: pl.LazyFrame, outcome: str, *, bandwidth: float = 0.02, donut: float = 0.0) -> Outcome:
    """Jump of an outcome from marginal winners to marginal losers.

    The margin is the bid minus the lowest other bid over the ceiling. On either side of zero a line is fitted
    with weights falling linearly to nothing at the bandwidth (triangular kernel); the statistic is the limit
    for losers minus the limit for winners. The two-sided p-value is Student's with standard errors that
    allow any dependence within a tender.

    Args:
        bids: a frame with `tender_id, price, ceiling` and the outcome, fixed before the bids were made.
        outcome: its column, a number or truth value: `backlog` for rotation, an incumbent for protection.
        bandwidth: largest margin used, as a share of the ceiling.
        donut: margins closer to zero than this are left out; ties always are.

    Returns:
        Above zero: marginal losers have more. `details` holds the standard error, the limits on both sides,
        the bids used and the estimate at half the bandwidth.

    Raises:
        ValueError: fewer than `FEWEST` tenders have a close bid, or all of them lie on one side.

    >>> rng = np.random.default_rng(3)
    >>> bids = pl.LazyFrame({"tender_id": [f"T{i // 4}" for i in range(1600)], "ceiling": [1.0] * 1600,
    ...                      "price": rng.uniform(0.9, 1.0, 1600), "backlog": rng.normal(size=1600)})
    >>> bool(close_margin(bids, "backlog").p_value > 0.05)
    True
    """
    close = _close(bids, outcome, bandwidth, donut)
    jump, error, limit = _jump(close, bandwidth)
    tenders = close["tender_id"].n_unique()
    return Outcome(
        f"close margin: {outcome}",
        statistic=jump,
        n=tenders,
        unit="tenders with a close bid",
        p_value=float(2 * stdtr(tenders - 1, -abs(jump / error))) if error > 0 else 1.0,
        invalid_if=_INVALID,
        source=SOURCE,
        details={
            "standard_error": error,
            "marginal_winners": limit,
            "marginal_losers": limit + jump,
            "bids": float(close.height),
            "half_bandwidth": _at_half(close, bandwidth),
        },
    )


def _close(bids: pl.LazyFrame, outcome: str, bandwidth: float, donut: float) -> pl.DataFrame:
    """Bids inside the bandwidth and outside the donut: `tender_id, margin, outcome`, enough on both sides."""
    need_columns("The close-margin test", bids, ("tender_id", "price", "ceiling", outcome))
    if not 0 <= donut < bandwidth:
        raise ValueError(f"The donut {donut} must lie between 0 and the bandwidth {bandwidth}.")
    size = pl.col("margin").abs()
    close = (
        margins(bids)
        .filter((size > 0) & (size >= donut) & (size < bandwidth))
        .select("tender_id", "margin", pl.col(outcome).cast(pl.Float64).alias("outcome"))
        .drop_nulls().drop_nans()
        .sort("tender_id", "margin", "outcome").collect()
    )  # fmt: skip
    tenders, more = close["tender_id"].n_unique(), "Take more tenders, or a wider bandwidth."
    require("The close-margin test", tenders, FEWEST, "tenders with a close bid", more)
    require("The close-margin test", min(_sides(close)), FEWEST_ON_A_SIDE, "close bids on each side", more)
    return close


def _sides(close: pl.DataFrame) -> tuple[int, int]:
    lost = int((close["margin"] > 0).sum())
    return lost, close.height - lost


def _at_half(close: pl.DataFrame, bandwidth: float) -> float:
    """The jump at half the bandwidth; NaN where a side has too few bids there."""
    half = close.filter(pl.col("margin").abs() < bandwidth / 2)
    return _jump(half, bandwidth / 2)[0] if min(_sides(half)) >= FEWEST_ON_A_SIDE else float("nan")


def _jump(close: pl.DataFrame, bandwidth: float) -> tuple[float, float, float]:
    """Jump at zero, its standard error clustered by tender, and the limit from below."""
    margin = close["margin"].to_numpy() / bandwidth
    lost = (margin > 0).astype(np.float64)
    x = np.column_stack([np.ones_like(margin), lost, margin, lost * margin])
    weighted = x * (1 - np.abs(margin))[:, None]
    inverse = np.linalg.pinv(weighted.T @ x)
    y = close["outcome"].to_numpy()
    beta = inverse @ (weighted.T @ y)
    scores = weighted * (y - x @ beta)[:, None]
    code = (close["tender_id"].rank("dense") - 1).to_numpy()
    by_tender = np.array([np.bincount(code, weights=column) for column in scores.T])
    g, (n, k) = by_tender.shape[1], x.shape
    small_sample = g / (g - 1) * (n - 1) / max(n - k, 1)
    error = _root(inverse @ (by_tender @ by_tender.T) @ inverse * small_sample)
    return float(beta[1]), error, float(beta[0])


def _root(covariance: Floats) -> float:
    return float(np.sqrt(max(covariance[1, 1], 0.0)))


def backlog(bids: pl.LazyFrame) -> pl.LazyFrame:
    """The bids with `backlog`: log(1 + wins of the firm in the 90 days before, in median wins of the market).

    Wins of the same moment or later do not count. To standardise by firm over the whole period looks ahead:
    a firm's mean holds the wins to come, so a winner stands below its own mean. In simulated competition
    that made jumps of +0.2 deviations and p <= 0.05 in one run of five. One unit for the whole market does
    no such thing: what was won before is fixed, whoever wins by a hair.

    Args:
        bids: `tender_id, bidder_id, price, won, deadline_at`.

    >>> from datetime import date
    >>> days = [date(2020, 1, 1), date(2020, 2, 1), date(2020, 2, 1), date(2020, 6, 1)]
    >>> bids = pl.LazyFrame({"tender_id": ["T", "U", "V", "W"], "bidder_id": ["A"] * 4, "deadline_at": days,
    ...                      "price": [10.0, 7.0, 9.0, 8.0], "won": [True, True, False, False]})
    >>> backlog(bids).sort("tender_id").collect()["backlog"].round(3).to_list()
    [0.0, 0.778, 0.778, 0.0]
    """
    need_columns("Backlog", bids, ("tender_id", "bidder_id", "price", "won", "deadline_at"))
    won = bids.filter(pl.col("won").fill_null(False)).group_by("bidder_id", "deadline_at")
    wins = (
        won.agg(pl.col("price").sum().alias("amount")).sort("deadline_at")
        .select("bidder_id", at="deadline_at", total=pl.col("amount").cum_sum().over("bidder_id"))
    )  # fmt: skip
    asked = bids.select("bidder_id", "deadline_at").unique().drop_nulls()
    for name, days in (("now", 0), ("then", BACKLOG_DAYS)):
        since = (pl.col("deadline_at") - timedelta(days=days)).alias("since")
        asked = (
            asked.with_columns(since).sort("since")
            .join_asof(
                wins, left_on="since", right_on="at", by="bidder_id",
                allow_exact_matches=False, check_sortedness=False,
            )
            .with_columns(pl.col("total").fill_null(0.0).alias(name))
            .drop("total", "at", "since")
        )  # fmt: skip
    unit = bids.filter(pl.col("won").fill_null(False)).select(pl.col("price").median().alias("unit"))
    work = asked.join(unit, how="cross").select(
        "bidder_id",
        "deadline_at",
        ((pl.col("now") - pl.col("then")) / pl.col("unit")).log1p().alias("backlog"),
    )
    return bids.join(work, on=["bidder_id", "deadline_at"], how="left")
