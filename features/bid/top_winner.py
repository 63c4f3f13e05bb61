"""Whether a bidder keeps losing to one and the same winner."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, block
from features.earlier import state_before
from features.ratio import ratio

_KEY = KEYS[Grain.BID]


@block(
    Grain.BID,
    {
        "past_losses": Column(
            "Decided tenders before this deadline that the bidder lost, over its whole record.",
            "此前落标总数", "tenders", "deadline known, record known as for past_bids",
        ),
        "top_winner_share": Column(
            "Share of those losses that went to the most frequent winner.", "败给同一中标人的最高比例",
            "share", "past_losses >= 1", "rules O01",
        ),
    },
)  # fmt: skip
def loss_concentration(
    bids: pl.LazyFrame, tenders: pl.LazyFrame, decided_entries: pl.LazyFrame, first_entries: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per bid, over the whole record: a running maximum cannot forget, so there is no window."""
    asked = bids.select(_KEY).join(tenders.select("tender_id", "deadline_at"), on="tender_id", how="left")
    known = pl.col("deadline_at").is_not_null() & (
        pl.col("losses").is_not_null() | (pl.col("first_deadline") >= pl.col("deadline_at"))
    )
    return (
        state_before(asked, _running(decided_entries), by=["bidder_id"])
        .join(first_entries, on="bidder_id", how="left")
        .select(
            *_KEY,
            pl.when(known).then(pl.col("losses").fill_null(0)).alias("past_losses"),
            ratio(pl.col("to_top"), pl.col("losses")).alias("top_winner_share"),
        )
    )


def _running(decided_entries: pl.LazyFrame) -> pl.LazyFrame:
    """Losses so far, and the most that went to one winner, sorted by when they were known."""
    winners = decided_entries.filter("won").select("tender_id", winner="bidder_id")
    firm, lost = "bidder_id", ~pl.col("won")
    once = pl.struct(firm, "tender_id").is_first_distinct()
    return (
        decided_entries.join(winners, on="tender_id")
        .sort("known_at", "tender_id", "winner")
        .with_columns(lost.cum_sum().over(firm, "winner").alias("to_this"), (lost & once).alias("loss"))
        .select(
            firm,
            "known_at",
            pl.col("to_this").cum_max().over(firm).cast(pl.Int64).alias("to_top"),
            pl.col("loss").cum_sum().over(firm).cast(pl.Int64).alias("losses"),
        )
    )
