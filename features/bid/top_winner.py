"""Whether a bidder keeps losing to one and the same winner."""

import polars as pl

from features.bid.history import asked_of_bids
from features.catalogue import Column, Grain, Reach, block
from features.earlier import in_portions, state_before
from features.ratio import ratio


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
    reach=Reach.PARTIES,
)  # fmt: skip
def loss_concentration(
    ordered_bids: pl.LazyFrame,
    entries: pl.LazyFrame,
    decided_entries: pl.LazyFrame,
    first_entries: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per bid, over the whole record: a running maximum cannot forget, so there is no window."""
    asked = asked_of_bids(ordered_bids, entries, first_entries)
    return in_portions(asked, _losses(decided_entries), "bidder", _concentration, _LOSSES)


_LOSSES = pl.Schema({"past_losses": pl.Int64, "top_winner_share": pl.Float64})


def _losses(decided_entries: pl.LazyFrame) -> pl.LazyFrame:
    """One row per decided entry and winner, in the order in which they were known."""
    winners = decided_entries.filter("won").select("tender", winner="bidder")
    beside = decided_entries.drop("chance").join(winners, on="tender")
    return beside.sort("known_at", "tender", "winner")


def _concentration(asked: pl.LazyFrame, losses: pl.LazyFrame) -> pl.LazyFrame:
    known = pl.col("deadline_at").is_not_null() & (
        pl.col("losses").is_not_null() | (pl.col("first_deadline") >= pl.col("deadline_at"))
    )
    return state_before(asked, _running(losses), by=["bidder"]).select(
        "row",
        pl.when(known).then(pl.col("losses").fill_null(0)).alias("past_losses"),
        ratio(pl.col("to_top"), pl.col("losses")).alias("top_winner_share"),
    )


def _running(losses: pl.LazyFrame) -> pl.LazyFrame:
    """Losses so far, and the most that went to one winner; a tender with two winners is lost once."""
    firm, lost = "bidder", ~pl.col("won")
    once = (pl.col("tender") != pl.col("tender").shift().over(firm)).fill_null(True)
    return losses.with_columns(
        lost.cum_sum().over(firm, "winner").alias("to_this"), (lost & once).alias("loss")
    ).select(
        firm,
        "known_at",
        pl.col("to_this").cum_max().over(firm).cast(pl.Int64).alias("to_top"),
        pl.col("loss").cum_sum().over(firm).cast(pl.Int64).alias("losses"),
    )
