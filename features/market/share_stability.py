"""Are firms' shares of what is awarded steadier from year to year than competition leaves them?

Where quotas are agreed, the shares that firms win change less between periods than independent awards with
the same winners would let them. Shares that swing from period to period (turns of a year each) change more.
"""

import numpy as np
import polars as pl

from features.market.outcome import Outcome, need_columns, require
from features.segments import Counts, Floats

FEWEST = 50
"""Awards without which the test says nothing."""

SOURCE = "variance screens on market shares (Athey and Bagwell 2001; Abrantes-Metz and Bajari 2009)"

_INVALID = (
    "capacity: firms that are full leave awards to others, which steadies shares lawfully",
    "set-asides, frameworks or lots split by rule among the winners",
    "markets pooled over regions or trades that each have their own firms and their own years",
    "few large awards, which carry the shares alone (give `price` only where sizes are alike)",
)


def share_stability(
    bids: pl.LazyFrame, *, every: str = "1y", by_amount: bool = False, resamples: int = 999, seed: int = 0
) -> Outcome:
    """Mean change of firms' market shares from one period to the next, against shuffled periods.

    `statistic` is half the sum over firms of the absolute change of share, averaged over neighbouring
    periods with awards: 0 when shares repeat, 1 when all winners are new. The p-value is one-sided, for
    shares too steady: how often the same awards, put into periods at random with as many in each, change as
    little. `details["unstable_p"]` is the opposite side.

    Args:
        bids: a frame with `tender_id, bidder_id, price, won, deadline_at`.
        every: length of a period, as Polars writes durations.
        by_amount: shares of the amount rather than of the number of awards.
        resamples: random assignments to periods.
        seed: of these.

    Raises:
        ValueError: fewer than `FEWEST` awards, or fewer than two periods.

    >>> from datetime import date, timedelta
    >>> days = [date(2015, 1, 1) + timedelta(days=18 * i) for i in range(200)]
    >>> turns = pl.LazyFrame({"tender_id": [f"T{i}" for i in range(200)], "won": [True] * 200, "deadline_at": days,
    ...                       "price": [1.0] * 200, "bidder_id": [f"F{i % 4}" for i in range(200)]})
    >>> share_stability(turns).p_value
    0.001
    """  # noqa: E501
    need_columns("Share stability", bids, ("tender_id", "bidder_id", "price", "won", "deadline_at"))
    awards = (
        bids.filter(pl.col("won").fill_null(False) & (pl.col("price") > 0)).drop_nulls("deadline_at")
        .select("bidder_id", pl.col("price").cast(pl.Float64), pl.col("deadline_at").dt.truncate(every))
        .sort("deadline_at", "bidder_id", "price").collect()
    )  # fmt: skip
    more = "Take a longer period."
    require("Share stability", awards.height, FEWEST, "awards", more)
    period, firm = (_codes(awards[name]) for name in ("deadline_at", "bidder_id"))
    require("Share stability", int(period.max()) + 1, 2, "periods with awards", more)
    weight = awards["price"].to_numpy() if by_amount else np.ones(awards.height)
    rng = np.random.default_rng(seed)
    seen = _change(period, firm, weight)
    drawn = np.array([_change(rng.permutation(period), firm, weight) for _ in range(resamples)])
    steady, unsteady = (
        float((1 + reached.sum()) / (resamples + 1))
        for reached in (drawn <= seen + 1e-12, drawn >= seen - 1e-12)
    )
    return Outcome(
        "share stability",
        statistic=seen,
        n=awards.height,
        unit="awards",
        p_value=steady,
        invalid_if=_INVALID,
        source=SOURCE,
        details={
            "mean_of_random_periods": float(drawn.mean()),
            "unstable_p": unsteady,
            "periods": float(period.max() + 1),
            "firms": float(firm.max() + 1),
        },
    )


def _codes(column: pl.Series) -> Counts:
    return column.rank("dense").to_numpy().astype(np.int64) - 1


def _change(period: Counts, firm: Counts, weight: Floats) -> float:
    periods, firms = int(period.max()) + 1, int(firm.max()) + 1
    won = np.bincount(period * firms + firm, weights=weight, minlength=periods * firms).reshape(
        periods, firms
    )
    share = won / won.sum(axis=1, keepdims=True)
    return float(np.abs(np.diff(share, axis=0)).sum(axis=1).mean() / 2)
