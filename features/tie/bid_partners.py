"""Firms that stand behind one bid and behind no other: what they share ties no rivals (rules FX01)."""

import polars as pl

from features.catalogue import Reach, frame


@frame(reach=Reach.TENDER)
def bid_partners(entrants: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and pair of such firms: `tender_id, bidder_a < bidder_b`."""
    once = entrants.filter(pl.len().over("tender_id", "bidder_id") == 1).filter("joint")
    firm = once.select("tender_id", "bid_id", "bidder_id")
    return (
        firm.join(firm, on=["tender_id", "bid_id"], suffix="_b")
        .filter(pl.col("bidder_id") < pl.col("bidder_id_b"))
        .select("tender_id", bidder_a="bidder_id", bidder_b="bidder_id_b")
    )
