"""Which bids have a price that can be compared with the others of their tender, and where it lies."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block, feature, frame
from features.hashed import join_hashed
from features.ratio import ratio

_VALID = "the bid is valid, priced and in the currency of the tender"


@frame(reach=Reach.TENDER)
def priced_bids(bids: pl.LazyFrame, tenders: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per valid bid with a price in its tender's currency.

    Columns: `tender_id, bidder_id, bid_id, amount` (exact), `price` (the same as a float) and the
    tender's number `tender` (see `tender_codes`), `ceiling`, `deadline_at`, `opened_at`. A bid counts as
    valid when its status says so or is not on record. Where the tender names no currency and its bids
    name several, none is comparable. Bids of one tender stand together.
    """
    valid = pl.col("status").is_null() | (pl.col("status") == "valid")
    priced = bids.filter(valid & (pl.col("amount") > 0)).select(
        "tender_id", "bidder_id", "bid_id", "amount", "currency"
    )
    terms = join_hashed(
        tenders.select("tender_id", "ceiling", "deadline_at", "opened_at", asked="currency"),
        tender_codes.select("tender_id", "tender"),
        "tender_id",
    )
    unnamed = terms.filter(pl.col("asked").is_null())
    mixed = (
        join_hashed(priced, unnamed, "tender_id", "semi")
        .group_by("tender_id").agg(pl.col("currency").drop_nulls().n_unique().alias("currencies"))
        .filter(pl.col("currencies") > 1)
    )  # fmt: skip
    return (
        join_hashed(priced, terms, "tender_id", "left")
        .filter((pl.col("currency") == pl.col("asked")).fill_null(True))
        .pipe(join_hashed, mixed, "tender_id", "anti")
        .drop("currency", "asked")
        .with_columns(pl.col("amount").cast(pl.Float64).alias("price"))
        .sort("tender")
    )


@block(
    Grain.BID,
    {
        "price": Column("The bid as a number, if it can be compared with the others.", "可比报价",
                        "currency of the tender", _VALID),
        "bid_rank_fraction": Column(
            "Place of the bid among the valid ones, 0 for the lowest and 1 for the highest; ties share one.",
            "报价位次", "share", f"{_VALID}, n_valid >= 2"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def comparable_prices(priced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per valid, priced bid."""
    others = pl.len().over("tender_id") - 1
    place = pl.col("amount").rank("average").over("tender_id") - 1
    return priced_bids.select(*KEYS[Grain.BID], "price", ratio(place, others).alias("bid_rank_fraction"))


@feature(Grain.BID, zh="报价与最低价比", unit="share of the lowest bid", domain=_VALID)
def bid_to_lowest(price: pl.Expr, lowest_bid: pl.Expr) -> pl.Expr:
    """The bid over the lowest valid bid of its tender."""
    return ratio(price, lowest_bid)


@feature(Grain.BID, zh="报价与均价比", unit="share of the mean", domain=_VALID)
def bid_to_mean(price: pl.Expr, bid_mean: pl.Expr) -> pl.Expr:
    """The bid over the mean of the valid bids of its tender."""
    return ratio(price, bid_mean)


@feature(Grain.BID, zh="报价与概算比", unit="share of the estimate", domain=f"{_VALID}, estimate > 0")
def bid_to_estimate(price: pl.Expr, estimate: pl.Expr) -> pl.Expr:
    """The bid over the buyer's estimate."""
    return ratio(price, estimate)


@feature(Grain.BID, zh="报价超概算率", unit="share of the estimate", domain=f"{_VALID}, estimate > 0")
def bid_over_estimate(bid_to_estimate: pl.Expr) -> pl.Expr:
    """How far the bid lies above (positive) or below the buyer's estimate."""
    return bid_to_estimate - 1


@feature(Grain.BID, zh="报价与限价比", unit="share of the ceiling", domain=f"{_VALID}, ceiling > 0")
def bid_to_ceiling(price: pl.Expr, ceiling: pl.Expr) -> pl.Expr:
    """The bid over the ceiling price."""
    return ratio(price, ceiling)


@feature(
    Grain.BID, zh="报价相对位置", unit="share", domain=f"{_VALID}, n_valid >= 2, not all bids equal",
    source="Huber and Imhof 2023",
)  # fmt: skip
def bid_position(price: pl.Expr, lowest_bid: pl.Expr, highest_bid: pl.Expr) -> pl.Expr:
    """Where the bid lies between the lowest bid (0) and the highest (1)."""
    return ratio(price - lowest_bid, highest_bid - lowest_bid)
