"""Ownership and declared relations between a bidder and the buyer or agency of its tender (rules P09)."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block, frame
from features.hashed import join_hashed
from features.tie.ownership import BEGINNING

_SIDES = ("buyer", "agency")


@frame(reach=Reach.TENDER)
def host_ties(
    tenders: pl.LazyFrame, entrants: pl.LazyFrame, owner_chains: pl.LazyFrame, relations: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per bid and tie of a firm behind it to the buyer or agency at the deadline.

    Columns: `bid_id, side` ("buyer" or "agency"), `share` (null for a declared relation).
    """
    hosts = pl.concat(
        tenders.select("tender_id", "deadline_at", side=pl.lit(side), host=f"{side}_id") for side in _SIDES
    ).filter(pl.col("host").is_not_null())
    met = entrants.select("tender_id", "bid_id", "bidder_id").join(hosts, on="tender_id")
    chains = owner_chains.select("owner", "firm", "share", "since", "until")
    declared = relations.filter(pl.col("kind") == "related_to").select(
        owner="from_id", firm="to_id", share=pl.lit(None, pl.Float64),
        since=pl.col("valid_from"), until=pl.col("valid_to"),
    )  # fmt: skip
    links = pl.concat([chains, declared])
    begun = (pl.col("since") <= pl.col("deadline_at")).fill_null(True)
    ended = (pl.col("until") <= pl.col("deadline_at")).fill_null(False)
    found = [
        met.join(links.rename(dict(zip(("owner", "firm"), sides, strict=True))), on=["host", "bidder_id"])
        for sides in (("host", "bidder_id"), ("bidder_id", "host"))
    ]
    return pl.concat(
        [f.select("bid_id", "side", "share", "since", "until", "deadline_at") for f in found]
    ).filter(begun & ~ended)


@block(
    Grain.BID,
    {
        "buyer_share": Column(
            "Weakest share on the best chain of ownership between the buyer and a firm behind the bid.",
            "与招标人的控制链最弱环节持股比例", "share", "an owner of a bidder of the tender is on record",
            "条例 34; rules P09"),
        "agency_share": Column(
            "The same between the agency and a firm behind the bid.", "与代理机构的控制链最弱环节持股比例",
            "share", "an owner of a bidder of the tender is on record", "rules P09"),
        "host_relations": Column(
            "Relations to the buyer or agency that are declared or recorded otherwise than by shares.",
            "与招标人或代理机构的申报关系数", "relations", "some declared relation is on record by then",
            "条例 34; rules P09"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def buyer_ties(
    ordered_bids: pl.LazyFrame, tenders: pl.LazyFrame, host_ties: pl.LazyFrame, owner_coverage: pl.LazyFrame,
    relations: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per bid; chains stop at the State (rules FX09)."""
    of = pl.col("side")
    found = host_ties.group_by("bid_id").agg(
        *(pl.col("share").filter(of == side).max().alias(f"{side}_share") for side in _SIDES),
        pl.col("share").is_null().sum().cast(pl.Int64).alias("host_relations"),
    )
    declared = relations.filter(pl.col("kind") == "related_to")
    told = declared.select(told_from=pl.col("valid_from").fill_null(BEGINNING).min(), told=pl.len())
    at = tenders.select("tender_id", "deadline_at")
    frame = (
        ordered_bids.select(KEYS[Grain.BID]).pipe(join_hashed, found, "bid_id", "left")
        .pipe(join_hashed, owner_coverage, "tender_id", "left").pipe(join_hashed, at, "tender_id", "left")
        .join(told, how="cross")
    )  # fmt: skip
    owned = (pl.col("known_owners") >= 1).fill_null(False)
    kept = (pl.col("told") > 0) & (pl.col("told_from") <= pl.col("deadline_at")).fill_null(True)
    return frame.select(
        *KEYS[Grain.BID],
        *(pl.when(owned).then(pl.col(f"{s}_share").fill_null(0.0)).otherwise(f"{s}_share")
          .alias(f"{s}_share") for s in _SIDES),
        pl.when(kept).then(pl.col("host_relations").fill_null(0)).otherwise("host_relations")
        .alias("host_relations"),
    )  # fmt: skip
