"""Whether all firms answer alike to their own costs and to their rivals'.

Bajari and Ye (2003): under competition a bid depends on the firm's own cost and on the costs of its rivals,
whoever they are. A ring's bids answer to the costs that it does not face: a designated winner need not mind
its friends, and a cover bid is made whatever it would cost to do the work.
"""

import numpy as np
import polars as pl
from scipy.special import fdtrc

from features.market.outcome import Outcome, need_columns, require
from features.segments import Floats, Segments

FEWEST_BIDS = 20
"""Bids of a firm below which its bids are left out; its costs still count for its rivals."""

FEWEST_FIRMS = 3
"""Firms with so many bids without which there is nobody to be unlike."""

_INVALID = (
    "a cost that leaves out what makes firms differ: distance means little to a firm with two yards",
    "an answer to costs that is not near linear in logarithms",
    "prices that scatter more for some firms, or tenders, than for others",
    "awards that depend on more than price",
    "a cost that is itself decided by the ring, as work at hand is when wins are shared out",
)


def exchangeability(bids: pl.LazyFrame, cost: str) -> Outcome:
    """F-test that own and rival costs move every firm's bids alike.

    Log prices are explained by an effect per tender, which takes every common shock, an effect per firm, the
    firm's own cost and the mean cost of its rivals in the tender. The wider model gives each firm its own two
    slopes; the statistic is the F by which it explains more. With independent normal errors of one deviation
    its law is exact.

    Args:
        bids: `tender_id, bidder_id, price` and the cost, one row per tender and bidder.
        cost: a column known before the bids were made: log distance, or `backlog` of `close_margin`.

    Returns:
        `details` holds both degrees of freedom and the bids used.

    Raises:
        ValueError: fewer than `FEWEST_FIRMS` firms have `FEWEST_BIDS` bids in tenders with others of them, or
            the cost leaves nothing to compare.

    >>> rng = np.random.default_rng(4)
    >>> price = 100 * np.exp(rng.normal(0, 0.05, (80, 4)))
    >>> bids = pl.LazyFrame({"tender_id": np.repeat(np.arange(80), 4), "bidder_id": list("ABCD") * 80,
    ...                      "price": price.ravel(), "distance": rng.random(320)})
    >>> found = exchangeability(bids, "distance")
    >>> found.p_value > 0.05, found.details["restrictions"]
    (True, 6.0)
    """
    need_columns("Exchangeability", bids, ("tender_id", "bidder_id", "price", cost))
    used = _used(bids, cost)
    firms = used["bidder_id"].n_unique()
    unit = f"firms with {FEWEST_BIDS} bids against others of them"
    require("Exchangeability", firms, FEWEST_FIRMS, unit, "Take more tenders.")
    cut = Segments(used["tender_id"].rle().struct.field("len").to_numpy().astype(np.int64))
    y, own, rival = (
        _within(used[name].cast(pl.Float64).to_numpy(), cut) for name in ("log_price", "own", "rival")
    )
    firm = (used["bidder_id"].rank("dense") - 1).to_numpy()
    dummies = (firm[:, None] == np.arange(firms)).astype(np.float64)
    mean = np.column_stack([_within(column, cut) for column in dummies.T])
    slopes = np.column_stack(
        [_within(used[name].to_numpy() * column, cut) for name in ("own", "rival") for column in dummies.T]
    )
    narrow, narrow_rank = _unexplained(np.column_stack([mean, own, rival]), y)
    wide, wide_rank = _unexplained(np.column_stack([mean, slopes]), y)
    more, left = wide_rank - narrow_rank, y.size - cut.n.size - wide_rank
    require(
        "Exchangeability", min(more, left), 1, "degrees of freedom", "Take a cost that varies, more tenders."
    )
    statistic = ((narrow - wide) / more) / (wide / left)
    return Outcome(
        f"exchangeability: {cost}",
        statistic=statistic,
        n=firms,
        unit="firms",
        p_value=float(fdtrc(more, left, max(statistic, 0.0))),
        invalid_if=_INVALID,
        source="Bajari and Ye 2003",
        details={"restrictions": float(more), "freedom": float(left), "bids": float(y.size)},
    )


def _used(bids: pl.LazyFrame, cost: str) -> pl.DataFrame:
    """Bids of frequent firms with own cost and the mean of all rivals', tender by tender."""
    own, tender = pl.col("own"), "tender_id"
    made = pl.col("price").log().alias("log_price"), pl.col(cost).cast(pl.Float64).alias("own")
    known = (
        bids.filter(pl.col("price") > 0).select(tender, "bidder_id", *made)
        .drop_nulls().drop_nans()
        .filter(pl.len().over(tender) > 1)
        .with_columns(((own.sum().over(tender) - own) / (pl.len().over(tender) - 1)).alias("rival"))
        .collect()
    )  # fmt: skip
    while True:
        kept = known.filter(pl.len().over("bidder_id") >= FEWEST_BIDS).filter(pl.len().over(tender) > 1)
        if kept.height == known.height:
            return known.sort(tender, "bidder_id")
        known = kept


def _within(column: Floats, cut: Segments) -> Floats:
    return np.asarray(column - cut.spread(cut.sum(column) / cut.n))


def _unexplained(x: Floats, y: Floats) -> tuple[float, int]:
    """Residual sum of squares and rank."""
    size = np.linalg.norm(x, axis=0)
    beta, _, rank, _ = np.linalg.lstsq(x / np.where(size > 0, size, 1.0), y, rcond=1e-9)
    left = y - (x / np.where(size > 0, size, 1.0)) @ beta
    return float(left @ left), int(rank)
