"""Which two bidders meet more often than their own activity explains: a snapshot of a whole market.

Chance is computed within a stratum (category and region), since firms of one trade and place meet
anyway; where categories and regions are not on record, or firms are active in different years, segments
of trade, place and time pass for company. Not as of a moment: this table describes the market, and no
tender's features may read it.
"""

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block, frame
from features.false_discovery import false_discovery_rate
from features.hypergeometric import upper_tail
from features.tie.joint_bids import named_pairs

MIN_LOTS = 30
"""A stratum with fewer lots is merged into its category, a category into the rest of the market."""

_P_OF = ("joint", "lots", "of_a", "of_b")


@frame
def strata(tenders: pl.LazyFrame, priced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a priced bid: `tender_id, stratum, stratum_basis`.

    The basis says how far the tender had to be pooled: "category and region", "category" or "market".
    """
    entered = tenders.join(priced_bids, on="tender_id", how="semi")
    cell = pl.col("category").is_not_null() & pl.col("region").is_not_null()
    fine = cell & (pl.len().over("category", "region") >= MIN_LOTS)
    pooled = pl.col("category").is_not_null() & ((~pl.col("fine")).sum().over("category") >= MIN_LOTS)
    coarse = ~pl.col("fine") & pooled
    return (
        entered.select("tender_id", "category", "region", fine.alias("fine"))
        .with_columns(coarse.alias("coarse"))
        .select(
            "tender_id",
            pl.when("fine").then(pl.format("{} / {}", "category", "region"))
            .when("coarse").then(pl.format("{} / other regions", "category"))
            .otherwise(pl.lit("rest of the market")).alias("stratum"),
            pl.when("fine").then(pl.lit("category and region")).when("coarse").then(pl.lit("category"))
            .otherwise(pl.lit("market")).alias("stratum_basis"),
        )
    )  # fmt: skip


@block(
    Grain.PAIR,
    {
        "n_joint": Column("Tenders in which both placed a valid priced bid.", "共同投标次数", "tenders"),
        "pair_jaccard": Column("Share of the tenders that either entered in which both bid.",
                               "共同投标Jaccard系数", "share"),
        "expected_joint": Column("Meetings that chance gives within the strata where both are active.",
                                 "期望共同投标次数", "tenders"),
        "pair_lift": Column("Meetings over those that chance gives.", "共同投标提升度", "times",
                            source="rules O02"),
        "joint_p": Column(
            "Chance of so many meetings in the stratum where they stand out most: the hypergeometric upper "
            "tail, times the number of strata where both are active.",
            "共同投标的偶然概率", "probability", source="rules O02"),
        "joint_q": Column(
            "The same as a false discovery rate among all pairs of bidders with a stratum in common, most of "
            "which never met.", "共同投标的错误发现率", "probability",
            source="Benjamini and Hochberg 1995; rules O02"),
        "n_common_strata": Column("Strata in which both are active.", "共同活跃的分层数", "strata"),
        "stratum": Column("The stratum that joint_p speaks of.", "分层"),
        "stratum_basis": Column("How far that stratum was pooled: category and region, category, or market.",
                                "分层依据"),
    },
)  # fmt: skip
def co_bidding(
    joint_bids: pl.LazyFrame, priced_bids: pl.LazyFrame, strata: pl.LazyFrame,
    bidder_codes: pl.LazyFrame, tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per pair of bidders that met at least twice."""
    met = joint_bids.join(tender_codes.select("tender", "tender_id"), on="tender").join(
        strata, on="tender_id"
    )
    entries = priced_bids.select("tender_id", "bidder_id").unique().join(strata, on="tender_id")
    often = joint_bids.group_by("pair").agg(pl.len().cast(pl.Int64).alias("n_joint"))
    listed = named_pairs(
        often.filter(pl.col("n_joint") >= 2).with_columns(pl.col("pair").alias("code")), bidder_codes
    )
    rows = (
        _common_strata(listed, entries)
        .join(
            met.group_by(pl.col("pair").alias("code"), "stratum").agg(pl.len().alias("joint")),
            on=["code", "stratum"], how="left",
        )
        .with_columns(pl.col("joint").fill_null(0))
        .with_columns(p=pl.struct(_P_OF).map_batches(_tail, return_dtype=pl.Float64))
    )  # fmt: skip
    key = ["bidder_a", "bidder_b"]
    entered = entries.group_by("bidder_id").agg(pl.len().alias("entered"))
    first = pl.col("stratum", "stratum_basis").sort_by("p", "stratum").first()
    return (
        rows.group_by(*key, "n_joint")
        .agg(
            (pl.col("of_a") * pl.col("of_b") / pl.col("lots")).sum().alias("expected_joint"),
            (pl.col("p").min() * pl.len()).clip(upper_bound=1.0).alias("joint_p"),
            pl.len().alias("n_common_strata"),
            first,
        )
        .join(entered, left_on="bidder_a", right_on="bidder_id")
        .join(entered, left_on="bidder_b", right_on="bidder_id", suffix="_b")
        .with_columns(
            (pl.col("n_joint") / (pl.col("entered") + pl.col("entered_b") - pl.col("n_joint")))
            .alias("pair_jaccard"),
            (pl.col("n_joint") / pl.col("expected_joint")).alias("pair_lift"),
        )
        .join(_possible_pairs(entries), how="cross")
        .with_columns(false_discovery_rate(pl.col("joint_p"), pl.col("possible")).alias("joint_q"))
        .drop("entered", "entered_b", "possible")
    )  # fmt: skip


def _common_strata(listed: pl.LazyFrame, entries: pl.LazyFrame) -> pl.LazyFrame:
    """Listed pairs by the strata where both bid, with the lots of the stratum and of each side.

    Lots that draw many bidders bring any two together more often than others do. So lots count by size: as
    the number of equal ones in which random entries meet as often. Of the M entries of a stratum a lot of n
    draws bidder a with chance a n / M, and b into one of its other n - 1 places with chance
    b (n - 1) / (M - a). Plain lots let 2 to 3 % of p-values fall at or below 0.01 in simulated competition
    with 2 to 10 bidders.
    """
    sizes = entries.group_by("stratum", "stratum_basis", "tender_id").agg(
        pl.len().cast(pl.Float64).alias("n")
    )
    n = pl.col("n")
    lots = sizes.group_by("stratum", "stratum_basis").agg(
        n.sum().alias("entries"), (n * (n - 1)).sum().clip(lower_bound=1.0).alias("places")
    )
    of = entries.group_by("bidder_id", "stratum").agg(pl.len().cast(pl.Int64).alias("of_a"))
    others = pl.col("entries") - (pl.col("of_a") + pl.col("of_b")) / 2
    equal = pl.col("entries") * others / pl.col("places")
    return (
        listed.join(of, left_on="bidder_a", right_on="bidder_id")
        .join(of.rename({"of_a": "of_b"}), left_on=["bidder_b", "stratum"], right_on=["bidder_id", "stratum"])
        .join(lots, on="stratum")
        .with_columns(pl.max_horizontal(equal, "of_a", "of_b").alias("lots"))
    )


def _possible_pairs(entries: pl.LazyFrame) -> pl.LazyFrame:
    """How many pairs of bidders have a stratum in common, or a few more.

    All of them were up for the test: a pair is listed because it met, so that to count the listed ones only
    would hide the misses. Pairs with several common strata count in each, but never more than there are pairs
    of bidders; a count too high makes the rate too cautious.
    """
    pairs = pl.len().cast(pl.Int64) * (pl.len().cast(pl.Int64) - 1) // 2
    within = entries.group_by("stratum", "bidder_id").agg().group_by("stratum").agg(pairs.alias("pairs"))
    every = entries.select("bidder_id").unique().select(pairs.alias("every"))
    return (
        within.select(pl.col("pairs").sum())
        .join(every, how="cross")
        .select(pl.min_horizontal("pairs", "every").alias("possible"))
    )


def _tail(counts: pl.Series) -> pl.Series:
    of = counts.struct.unnest()
    return pl.Series(upper_tail(*(of[name].cast(pl.Float64).to_numpy().astype(np.float64) for name in _P_OF)))
