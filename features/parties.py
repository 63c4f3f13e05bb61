"""Which tenders a firm, pair, group, buyer, expert or market stands in."""

import polars as pl

from features.build import Build
from features.catalogue import KEYS, Grain


def tenders_of(build: Build, grain: Grain, parties: pl.LazyFrame) -> pl.LazyFrame:
    """Add `tender_id`: one row per party and tender.

    `parties` has the keys of the grain. A pair stands in the tenders that both entered, a group in those
    that two members or more entered.

    Raises:
        ValueError: the grain belongs to one tender.

    """
    if "tender_id" in KEYS[grain]:
        raise ValueError(f"A row of grain {grain} belongs to one tender; ask for a party's tenders.")
    return _TENDERS[grain](build, parties)


def _entries(build: Build) -> pl.LazyFrame:
    return build.table("entrants").select("tender_id", "bidder_id").unique()


def _of_bidder(build: Build, parties: pl.LazyFrame) -> pl.LazyFrame:
    return parties.join(_entries(build), on="bidder_id")


def _of_pair(build: Build, parties: pl.LazyFrame) -> pl.LazyFrame:
    entries = _entries(build)
    one = parties.join(entries, left_on="bidder_a", right_on="bidder_id")
    return one.join(
        entries, left_on=["bidder_b", "tender_id"], right_on=["bidder_id", "tender_id"], how="semi"
    )


def _of_group(build: Build, parties: pl.LazyFrame) -> pl.LazyFrame:
    members = build.table("group_sets").select("group_id", "bidder_id")
    met = (
        members.join(parties, on="group_id", how="semi")
        .join(_entries(build), on="bidder_id")
        .group_by("group_id", "tender_id").len().filter(pl.col("len") >= 2)
    )  # fmt: skip
    return parties.join(met.drop("len"), on="group_id")


def _of_buyer(build: Build, parties: pl.LazyFrame) -> pl.LazyFrame:
    return parties.join(build.table("tenders").select("buyer_id", "tender_id"), on="buyer_id")


def _of_expert(build: Build, parties: pl.LazyFrame) -> pl.LazyFrame:
    marked = build.table("expert_scores").select("expert_id", "tender_id").unique()
    return parties.join(marked, on="expert_id")


def _of_market(build: Build, parties: pl.LazyFrame) -> pl.LazyFrame:
    return parties.join(build.table("market_strata"), on="stratum")


_TENDERS = {
    Grain.BIDDER: _of_bidder,
    Grain.PAIR: _of_pair,
    Grain.GROUP: _of_group,
    Grain.BUYER: _of_buyer,
    Grain.EXPERT: _of_expert,
    Grain.MARKET: _of_market,
}
