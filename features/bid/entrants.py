"""Which firms stand behind each bid, and which of them stand behind more than one."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, block, frame


@frame
def entrants(bids: pl.LazyFrame, consortium_members: pl.LazyFrame) -> pl.LazyFrame:
    """One row per bid and firm behind it: the lead and every consortium member.

    Columns: `tender_id, bid_id, bidder_id, submitted_at`, `withdrawn`, and `joint` (more than one
    firm stands behind the bid). A re-uploaded bid is one bid (rules FX17).
    """
    firms = pl.concat([bids.select("bid_id", "bidder_id"), consortium_members.select("bid_id", "bidder_id")])
    of_bid = bids.select(
        "tender_id", "bid_id", "submitted_at", withdrawn=(pl.col("status") == "withdrawn").fill_null(False)
    )
    return firms.unique().join(of_bid, on="bid_id").with_columns(joint=pl.len().over("bid_id") > 1)


@block(
    Grain.TENDER,
    {"n_firms": Column("Number of distinct firms behind the bids.", "参与投标的企业数", "firms")},
)
def firms_entered(entrants: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with at least one bid."""
    return entrants.group_by("tender_id").agg(pl.col("bidder_id").n_unique().alias("n_firms"))


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
)  # fmt: skip
def repeated_firms(bids: pl.LazyFrame, entrants: pl.LazyFrame) -> pl.LazyFrame:
    """One row per bid that was not withdrawn."""
    firm = ("tender_id", "bidder_id")
    again = pl.len().over(firm) > 1
    joint = again & pl.col("joint").any().over(firm)
    counts = (
        entrants.filter(~pl.col("withdrawn"))
        .with_columns(again=again, jointly=joint)
        .group_by("bid_id")
        .agg(pl.col("again").sum().alias("repeat_firms"), pl.col("jointly").sum().alias("repeat_joint_firms"))
    )
    return bids.select(KEYS[Grain.BID]).join(counts, on="bid_id")
