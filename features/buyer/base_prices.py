"""Whether a buyer's winners come to within a hair of its confidential price: a snapshot (rules B11)."""

import polars as pl

from features.binomial import upper_tail
from features.catalogue import Column, Grain, block, frame
from features.false_discovery import false_discovery_rate
from features.ratio import ratio

HAIR = 0.001
"""A bid within this share of the confidential price has met it."""
AROUND = 0.01
"""Bids within this share tell how many would meet it by chance."""
LEAST_BIDS = 2
"""One meeting is no habit (rules B11)."""


@frame
def base_price_bids(bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per priced bid of a decided tender whose buyer kept a price of its own to itself.

    Columns: `tender_id, buyer_id, bidder_id, mechanism, met` (won within a hair of it), and `near`, `around`:
    the bid lies so close to it. A price that equals the ceiling or the estimate was no secret.
    """
    told = pl.any_horizontal(
        (pl.col("base_price") == pl.col(c)).fill_null(False) for c in ("ceiling", "estimate")
    )
    secret = tenders.filter(pl.col("buyer_id").is_not_null() & (pl.col("base_price") > 0) & ~told).select(
        "tender_id", "buyer_id", "mechanism", "base_price", asked="currency"
    )
    off = ratio(pl.col("amount"), pl.col("base_price")) - 1
    same = (pl.col("currency") == pl.col("asked")).fill_null(True)
    return (
        bids.filter(pl.col("won").is_not_null().all().over("tender_id"), pl.col("amount").is_not_null())
        .join(secret, on="tender_id")
        .filter(same & (pl.col("status") == "valid").fill_null(True))
        .select("tender_id", "buyer_id", "bidder_id", pl.col("mechanism").cast(pl.String),
                met=pl.col("won") & (off.abs() <= HAIR), near=off.abs() <= HAIR, around=off.abs() <= AROUND)
    )  # fmt: skip


@frame
def base_price_meetings(base_price_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per buyer and bidder with two such bids to it: `entered, met, chance, p, q`.

    `chance` that one bid meets the price is taken from the bids of all other firms under the same award
    mechanism: the share within a hair, or a tenth of the share around, whichever is more, one bid added, so
    that few bids promise little. `p` is the binomial tail at the mean chance, which is not below the exact
    one (Hoeffding 1956); a bid must also win to count, which makes it larger still. `q` is adjusted for all.
    """
    pair = ["buyer_id", "bidder_id"]
    bids = base_price_bids.with_columns(
        pl.len().over(by).alias(f"n{side}") for side, by in _SIDES.items()
    ).with_columns(
        pl.col(c).sum().over(by).alias(f"{c}{side}")
        for c in ("near", "around") for side, by in _SIDES.items()
    )  # fmt: skip
    n, near, around = (pl.col(c) - pl.col(f"{c}_own") + 1 for c in ("n", "near", "around"))
    chance = pl.max_horizontal(near / n, around / n * HAIR / AROUND).clip(upper_bound=1.0)
    return (
        bids.group_by(pair)
        .agg(pl.col("tender_id").n_unique().alias("entered"),
             pl.col("tender_id").filter("met").n_unique().alias("met"), chance.mean().alias("chance"))
        .filter(pl.col("entered") >= LEAST_BIDS)
        .sort(pair)
        .with_columns(p=pl.struct("met", "entered", "chance").map_batches(_tail, return_dtype=pl.Float64))
        .with_columns(q=false_discovery_rate(pl.col("p")))
    )  # fmt: skip


_SIDES = {"": ["mechanism"], "_own": ["mechanism", "bidder_id"]}
_KNOWN = f"a bidder with {LEAST_BIDS} bids to the buyer for which it kept a price to itself"


@block(
    Grain.BUYER,
    {
        "base_price_winner": Column("Bidder whose winning bids meet the buyer's confidential price most "
                                    "remarkably often.", "中标价最贴近标底的投标人", "", _KNOWN, "rules B11"),
        "base_price_bids_of_winner": Column("Its bids to the buyer where that price is on record.",
                                            "该投标人有标底可比的投标数", "tenders", _KNOWN, "rules B11"),
        "base_price_meetings_of_winner": Column(
            f"Of those, the ones it won within {HAIR:.1%} of that price.", "中标价与标底几乎相同的次数",
            "tenders", _KNOWN, "条例 27, 41; rules B11"),
        "base_price_chance": Column("Share of the bids of all other firms that meet that price.",
                                    "单次投标贴近标底的机会", "share", _KNOWN, "rules B11"),
        "base_price_p": Column("Chance of so many, times the bidders that were compared.",
                               "贴近标底的偶然概率", "probability", _KNOWN, "binomial; rules B11"),
        "base_price_q": Column("False discovery rate at which this is a finding, among all pairs.",
                               "贴近标底的错误发现率", "probability", _KNOWN, "Benjamini and Hochberg 1995"),
    },
)  # fmt: skip
def base_price_closeness(base_price_meetings: pl.LazyFrame) -> pl.LazyFrame:
    """One row per buyer with a bidder to compare."""
    first = pl.exclude("buyer_id").sort_by("p", "met", "bidder_id", descending=[False, True, False]).first()
    best = base_price_meetings.group_by("buyer_id").agg(first, pl.len().alias("bidders"))
    return best.select(
        "buyer_id",
        pl.col("bidder_id").alias("base_price_winner"),
        pl.col("entered").cast(pl.Int64).alias("base_price_bids_of_winner"),
        pl.col("met").cast(pl.Int64).alias("base_price_meetings_of_winner"),
        pl.col("chance").alias("base_price_chance"),
        (pl.col("p") * pl.col("bidders")).clip(upper_bound=1.0).alias("base_price_p"),
        pl.col("q").alias("base_price_q"),
    )


def _tail(of: pl.Series) -> pl.Series:
    met, entered, chance = (of.struct.field(name).cast(pl.Float64).to_numpy() for name in of.struct.fields)
    return pl.Series(upper_tail(met, entered, chance))
