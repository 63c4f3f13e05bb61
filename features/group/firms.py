"""What kind of firms the members are, and for whom they bid together."""

import polars as pl

from features.catalogue import Column, Grain, block
from features.ratio import ratio

FEWEST_DECIDED = 5
"""Decided tenders below which a firm without a win is no news."""

SHELL_POINTS = 3
"""Conditions of the shell profile from which a member counts."""

_MET = "a tender of two members or more whose buyer is known"


@block(
    Grain.GROUP,
    {
        "winless_members": Column(
            f"Members with {FEWEST_DECIDED} decided tenders or more and no win anywhere.",
            "从未中标的成员数", "firms", "an outcome is on record for a member", "schemes"),
        "shell_members": Column(
            f"Members for which {SHELL_POINTS} conditions of the shell profile or more hold.",
            "具空壳特征的成员数", "firms", "the profile could be checked for a member", "rules R05; schemes"),
    },
)  # fmt: skip
def group_firms(
    group_sets: pl.LazyFrame, bidder_wins: pl.LazyFrame, bidder_capacity: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per group."""
    winless = (pl.col("n_decided") >= FEWEST_DECIDED) & (pl.col("n_wins") == 0)
    return (
        group_sets.select("group_id", "bidder_id")
        .join(bidder_wins.select("bidder_id", "n_decided", "n_wins"), on="bidder_id", how="left")
        .join(bidder_capacity.select("bidder_id", "shell_points"), on="bidder_id", how="left")
        .group_by("group_id")
        .agg(
            _known(winless).alias("winless_members"),
            _known(pl.col("shell_points") >= SHELL_POINTS).alias("shell_members"),
        )
    )


def _known(condition: pl.Expr) -> pl.Expr:
    """Rows for which it holds; null where it is known for none."""
    return pl.when(condition.is_not_null().any()).then(condition.sum().cast(pl.Int64))


@block(
    Grain.GROUP,
    {
        "meetings_top_buyer_share": Column(
            "Share of the tenders of two members or more that one buyer called, the most frequent one.",
            "同场标段中最多招标人占比", "share", _MET, "schemes"),
        "outsiders_refused_share": Column(
            "Share of the outsiders' bids in those tenders that the committee refused.",
            "同场标段中外部投标被否决比例", "share", f"{_MET}; statuses of outsiders' bids on record",
            "schemes"),
        "members_refused_share": Column(
            "The same share of the members' bids.", "同场标段中成员投标被否决比例", "share",
            f"{_MET}; statuses of members' bids on record", "schemes"),
    },
)  # fmt: skip
def group_buyers(group_sets: pl.LazyFrame, firm_bids: pl.LazyFrame, bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group that met under a known buyer; all submitted bids count, admitted or not."""
    status = bids.select("bid_id", refused=pl.col("status").cast(pl.String) == "disqualified")
    entries = (
        firm_bids.filter(pl.col("buyer_id").is_not_null())
        .select("tender_id", "bid_id", "bidder_id", "buyer_id")
        .join(status, on="bid_id")
    )
    of_group = entries.join(group_sets.select("group_id", "bidder_id"), on="bidder_id")
    met = (
        of_group.group_by("group_id", "tender_id", "buyer_id")
        .agg(pl.col("bidder_id").n_unique().alias("members"))
        .filter(pl.col("members") >= 2)
        .drop("members")
    )
    top = (
        met.group_by("group_id", "buyer_id").len().group_by("group_id")
        .agg(ratio(pl.col("len").max(), pl.col("len").sum()).alias("meetings_top_buyer_share"))
    )  # fmt: skip
    inside = of_group.select("group_id", "tender_id", "bidder_id", member=pl.lit(True)).unique()
    beside = met.select("group_id", "tender_id").join(entries, on="tender_id").join(
        inside, on=["group_id", "tender_id", "bidder_id"], how="left"
    )  # fmt: skip
    member = pl.col("member").fill_null(False)
    shares = beside.group_by("group_id").agg(
        pl.col("refused").filter(~member).mean().alias("outsiders_refused_share"),
        pl.col("refused").filter(member).mean().alias("members_refused_share"),
    )
    return top.join(shares, on="group_id", how="left")
