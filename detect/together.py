"""When the bidders of a tender met before: earlier tenders, who won, and at what price."""

import polars as pl

from records.tables import Market

MOST = 30
"""Earlier tenders that are listed, the latest first."""


def together(market: Market, tender_id: str, *, most: int = MOST) -> tuple[pl.DataFrame, int]:
    """Earlier tenders in which two or more of a tender's bidders met, and how many there are in all.

    Columns: `tender_id, title, deadline_at, met` (names of those who were there), `n_bids`, `winner`,
    `won_by_one` (the winner is one of them), `price, estimate, currency`. Earlier means a deadline before
    this tender's own; without a deadline nothing is earlier.
    """
    here = market.bids.filter(pl.col("tender_id") == tender_id).select("bidder_id").unique().collect()
    firms, own = here["bidder_id"].to_list(), here.lazy()
    until = market.tenders.filter(pl.col("tender_id") == tender_id).select("deadline_at").collect().item()
    bids = market.bids.select("tender_id", "bidder_id", "amount", "won")
    of_firms = pl.col("bidder_id").is_in(firms)
    theirs = bids.filter(of_firms).collect()
    named = pl.col("tender_id").is_in(theirs["tender_id"].unique().to_list())
    earlier = market.tenders.filter(named, pl.col("deadline_at") < pl.lit(until))
    tenders = earlier.select("tender_id", "title", "deadline_at", "estimate", "currency").collect().lazy()
    mine = theirs.lazy().join(tenders, on="tender_id", how="semi")
    names = market.bidders.filter(of_firms).select("bidder_id", "name")
    met = (
        mine.join(names, on="bidder_id", how="left")
        .group_by("tender_id")
        .agg(
            pl.col("bidder_id").n_unique().alias("n"),
            pl.col("name").fill_null(pl.col("bidder_id")).unique().sort().alias("met"),
        )
        .filter(pl.col("n") > 1)
    )
    shown = met.join(tenders, on="tender_id").collect()
    listed = shown.sort("deadline_at", "tender_id", descending=[True, False]).head(most)
    return _with_winners(listed.lazy(), bids, market).join(
        own.with_columns(won_by_one=True).rename({"bidder_id": "winner_id"}), on="winner_id", how="left"
    ).select(
        "tender_id", "title", "deadline_at", "met", "n_bids", "winner",
        pl.when(pl.col("winner_id").is_not_null()).then(pl.col("won_by_one").fill_null(False)).alias("won_by_one"),
        "price", "estimate", "currency",
    ).sort("deadline_at", "tender_id", descending=[True, False]).collect(), shown.height  # fmt: skip


def _with_winners(listed: pl.LazyFrame, bids: pl.LazyFrame, market: Market) -> pl.LazyFrame:
    """The winner's bid where somebody won; the first of several."""
    won = pl.col("won").fill_null(False)
    named = pl.col("tender_id").is_in(listed.select("tender_id").collect()["tender_id"].to_list())
    of = bids.filter(named).group_by("tender_id")
    outcome = of.agg(
        pl.len().alias("n_bids"),
        pl.col("bidder_id").filter(won).min().alias("winner_id"),
        pl.col("amount").filter(won).min().alias("price"),
    )
    known = listed.join(outcome.collect().lazy(), on="tender_id", how="left").collect()
    winners = pl.col("bidder_id").is_in(known["winner_id"].drop_nulls().to_list())
    names = market.bidders.filter(winners).select(winner_id="bidder_id", winner="name")
    return (
        known.lazy()
        .join(names, on="winner_id", how="left")
        .with_columns(pl.col("winner").fill_null(pl.col("winner_id")))
    )
