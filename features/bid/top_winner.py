"""Whether a bidder keeps losing to one and the same winner."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, block
from features.earlier import state_before

_KEY = KEYS[Grain.BID]


@block(
    Grain.BID,
    {
        "past_losses": Column(
            "Decided tenders before this deadline that the bidder lost, over its whole record.",
            "此前落标总数", "tenders", "deadline known",
        ),
        "top_winner_share": Column(
            "Share of those losses that went to the most frequent winner.", "败给同一中标人的最高比例",
            "share", "past_losses >= 1", "rules O01",
        ),
    },
)  # fmt: skip
def loss_concentration(
    bids: pl.LazyFrame, tenders: pl.LazyFrame, decided_entries: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per bid, over the whole record: a running maximum cannot forget, so there is no window."""
    asked = bids.select(_KEY).join(tenders.select("tender_id", "deadline_at"), on="tender_id", how="left")
    winners = decided_entries.filter("won").select("tender_id", winner="bidder_id")
    lost = decided_entries.filter(~pl.col("won")).select("tender_id", "bidder_id", "known_at")
    running = (
        lost.join(winners, on="tender_id")
        .sort("known_at", "tender_id", "winner")
        .with_columns(
            pl.int_range(1, pl.len() + 1).over("bidder_id", "winner").alias("to_this"),
            pl.col("tender_id").is_first_distinct().over("bidder_id").alias("new"),
        )
        .select(
            "bidder_id",
            "known_at",
            pl.col("to_this").cum_max().over("bidder_id").alias("to_top"),
            pl.col("new").cast(pl.Int64).cum_sum().over("bidder_id").alias("losses"),
        )
    )
    dated = pl.col("deadline_at").is_not_null()
    return state_before(asked, running, by=["bidder_id"]).select(
        *_KEY,
        pl.when(dated).then(pl.col("losses").fill_null(0)).alias("past_losses"),
        (pl.col("to_top") / pl.col("losses")).alias("top_winner_share"),
    )
