"""Where bids of tenders like this one usually lie, as of its deadline."""

from typing import NamedTuple

import polars as pl

from records.tables import BidStatus, Market

FEWEST = 30
"""Earlier bids below which nothing is called usual."""


LATEST = 500
"""Earlier tenders that are looked at, the latest: prices move, and a page cannot wait for all of them."""


class Usual(NamedTuple):
    """The 10th and 90th percentile of earlier bids, scaled to this tender; `n` bids in `tenders`."""

    low: float
    high: float
    n: int
    tenders: int


def usual(market: Market, tender_id: str) -> Usual | None:
    """The usual range of bids in this tender's currency, or None where too few are known.

    Bids are taken as shares of the estimate, of the ceiling where this tender has no estimate, in the latest
    `LATEST` tenders of the same category and award mechanism (deadline before this one's).
    """
    tender = market.tenders.filter(pl.col("tender_id") == tender_id).collect().row(0, named=True)
    basis = "estimate" if tender["estimate"] else "ceiling"
    if not tender[basis] or tender["deadline_at"] is None:
        return None
    alike = market.tenders.filter(
        pl.col("deadline_at") < tender["deadline_at"],
        pl.col(basis) > 0,
        pl.col("category").eq_missing(pl.lit(tender["category"], pl.String)),
        pl.col("mechanism").cast(pl.String).eq_missing(pl.lit(tender["mechanism"], pl.String)),
    )
    latest = (
        alike.select("tender_id", "deadline_at", basis)
        .top_k(LATEST, by=["deadline_at", "tender_id"])
        .collect()
    )
    named = pl.col("tender_id").is_in(latest["tender_id"].to_list())
    valid = pl.col("status").is_null() | (pl.col("status").cast(pl.String) == BidStatus.VALID.value)
    ratios = (
        market.bids.filter(named, valid, pl.col("amount").is_not_null())
        .join(latest.lazy(), on="tender_id")
        .select("tender_id", (pl.col("amount").cast(pl.Float64) / pl.col(basis).cast(pl.Float64)).alias("r"))
    )
    low, high, n, tenders = (
        ratios.select(
            pl.col("r").quantile(0.1, "linear").alias("low"),
            pl.col("r").quantile(0.9, "linear").alias("high"),
            pl.len().alias("n"),
            pl.col("tender_id").n_unique(),
        )
        .collect()
        .row(0)
    )
    scale = float(tender[basis])
    return Usual(low * scale, high * scale, n, tenders) if n >= FEWEST else None
