"""Which firms stand behind each bid, and which of them stand behind more than one."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block, frame
from features.hashed import join_hashed
from records.tables import Record


def entry_key() -> pl.Expr:
    """One integer `entry` for a tender and a firm, a hash of both ids.

    Several times cheaper to group and join by than two columns of text. Among ten million entries the
    chance that any two share a key is three in a million.
    """
    return (pl.col("tender_id").hash(1) + pl.col("bidder_id").hash(2)).alias("entry")


@frame(reach=Reach.TENDER)
def ordered_bids(bids: pl.LazyFrame) -> pl.LazyFrame:
    """The bids without their provenance, those of one tender together.

    Millions of groups and joins by tender then find their rows in the processor's cache: on five million
    bids in any order they take two to five times as long.
    """
    return bids.drop(Record.columns()).sort("tender_id")


@frame(reach=Reach.TENDER)
def entrants(ordered_bids: pl.LazyFrame, consortium_members: pl.LazyFrame) -> pl.LazyFrame:
    """One row per bid and firm behind it: the lead and every consortium member.

    Columns: `tender_id, bid_id, bidder_id, submitted_at`, `withdrawn`, and `joint` (more than one
    firm stands behind the bid). A re-uploaded bid is one bid (rules FX17).
    """
    lead = ordered_bids.select(
        "tender_id",
        "bid_id",
        "bidder_id",
        "submitted_at",
        withdrawn=(pl.col("status") == "withdrawn").fill_null(False),
    )
    others = (
        consortium_members.select("bid_id", member="bidder_id").unique()
        .pipe(join_hashed, lead, "bid_id").filter(pl.col("member") != pl.col("bidder_id"))
        .with_columns(pl.col("member").alias("bidder_id"), joint=pl.lit(True)).drop("member")
    )  # fmt: skip
    several = others.select("bid_id", "joint").unique()
    leads = join_hashed(lead, several, "bid_id", "left").with_columns(pl.col("joint").fill_null(False))
    return pl.concat([leads, others.select(leads.collect_schema().names())])


@frame(reach=Reach.TENDER)
def entries(entrants: pl.LazyFrame, bidder_codes: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and firm behind its bids.

    Columns: `tender_id, bidder_id`, their hash `entry`, the numbers `tender` and `bidder`, `deadline_at`,
    `known_at`, and `joint`: some of these bids are joint ones.
    """
    each = entrants.group_by(entry_key()).agg(pl.col("tender_id", "bidder_id").first(), pl.col("joint").any())
    return each.pipe(join_hashed, tender_codes, "tender_id", "left").pipe(
        join_hashed, bidder_codes, "bidder_id"
    )


@block(
    Grain.TENDER,
    {"n_firms": Column("Number of distinct firms behind the bids.", "参与投标的企业数", "firms")},
    reach=Reach.TENDER,
)
def firms_entered(entries: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with at least one bid."""
    return entries.group_by("tender_id").agg(pl.len().alias("n_firms"))


@block(
    Grain.BID,
    {
        "repeat_firms": Column(
            "Firms behind this bid that also stand behind another bid of the tender.",
            "本标书中同时参与本标段其他投标的企业数", "firms", "the bid was not withdrawn", "rules P10",
        ),
        "repeat_joint_firms": Column(
            "Those of the repeat firms for which at least one of the bids is a joint bid.",
            "其中涉及联合体投标的企业数", "firms", "the bid was not withdrawn", "rules P10",
        ),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def repeated_firms(ordered_bids: pl.LazyFrame, entrants: pl.LazyFrame) -> pl.LazyFrame:
    """One row per bid that was not withdrawn."""
    standing = entrants.filter(~pl.col("withdrawn"))
    firm = entry_key()
    repeated = standing.group_by(firm).agg(pl.len(), pl.col("joint").any().alias("jointly"))
    counts = (
        standing.select("bid_id", firm)
        .join(repeated.filter(pl.col("len") > 1), on="entry")
        .group_by("bid_id")
        .agg(pl.len().alias("repeat_firms"), pl.col("jointly").sum().alias("repeat_joint_firms"))
    )
    stands = (pl.col("status") != "withdrawn").fill_null(True)
    made = join_hashed(ordered_bids.filter(stands).select(KEYS[Grain.BID]), counts, "bid_id", "left")
    return made.with_columns(pl.col("repeat_firms", "repeat_joint_firms").fill_null(0))
