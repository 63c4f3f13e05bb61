"""Bids and awards of OCDS releases: on which lot they stand, who stands behind them, which won."""

from collections.abc import Sequence
from typing import Any

import msgspec
import polars as pl

from records.ocds.columns import award_columns, bid_columns, instant
from records.ocds.release import Release
from records.source import UNREADABLE
from records.tables import BidStatus


def _acting(frame: pl.DataFrame, parties: pl.DataFrame, column: str) -> pl.DataFrame:
    """Explode a list of party references; `bidder_id` is the party's public identifier."""
    known = parties.select("r", party="party", bidder_id="bidder_id")
    return (
        frame.explode(column, empty_as_null=False)
        .rename({column: "party"})
        .join(known, on=["r", "party"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("bidder_id", "party").alias("bidder_id"))
    )


def _placed(frame: pl.DataFrame, units: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Place rows with `lots` on their units: (placed, rows with the `reason` they cannot be)."""
    only = units.group_by("r").agg(pl.col("lot").first(), pl.col("n_lots").first())
    stated = pl.col("lots").list.len().fill_null(0) > 0
    lots = frame.join(only, on="r", maintain_order="left").with_columns(
        pl.when(stated).then("lots").otherwise(pl.concat_list("lot")).alias("lots"),
        reason=pl.when(~stated & (pl.col("n_lots") > 1)).then(
            pl.lit("names no lot, but its tender has several")
        ),
    )
    spread = lots.filter(pl.col("reason").is_null()).with_columns(
        spanning=pl.col("lots").list.len() > 1
    ).drop("lot").explode("lots").rename({"lots": "lot"})  # fmt: skip
    placed = spread.join(
        units.select("r", "lot", "tender_id", unit_currency="currency"),
        on=["r", "lot"], how="left", nulls_equal=True, maintain_order="left",
    )  # fmt: skip
    lost = placed.filter(pl.col("tender_id").is_null()).with_columns(
        reason=pl.lit("names a lot that its tender does not have")
    )
    columns = ["r", "at", "source_record", "reason"]
    bad = pl.concat([lots.filter(pl.col("reason").is_not_null()).select(columns), lost.select(columns)])
    return placed.filter(pl.col("tender_id").is_not_null()), bad


def _refused(bad: pl.DataFrame, found: Sequence[Any], table: str) -> pl.DataFrame:
    """Unreadable rows with the part of the release they came from."""
    raw = [msgspec.json.encode(found[i]).decode() for i in bad["at"]]
    return bad.select(
        pl.lit(table).alias("source_table"),
        "source_record",
        "reason",
        pl.Series("raw", raw, dtype=pl.String),
    ).cast(UNREADABLE)


def _named(frame: pl.DataFrame, units: pl.DataFrame, what: str) -> pl.DataFrame:
    """Give each bid or award of a release its number, name and place."""
    head = units.select("r", "ocid", "place").unique("r")
    number = pl.format("no. {}", pl.int_range(1, pl.len() + 1).over("r"))
    return (
        frame.with_columns(unnamed=pl.col("id").is_null(), name=pl.coalesce("id", number))
        .join(head, on="r", maintain_order="left")
        .with_columns(source_record=pl.format("{}, " + what + " {}", "place", "name"))
    )


def bid_rows(
    releases: Sequence[Release], units: pl.DataFrame, parties: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Bids per unit, their members, and the bids that could not be placed."""
    frame, found = bid_columns(releases)
    frame = _named(frame, units, "bid")
    nameless = pl.col("tenderers").list.len() == 0
    refused = frame.filter(nameless).select("r", "at", "source_record", reason=pl.lit("names no tenderer"))
    placed, bad = _placed(frame.filter(~nameless), units)
    alone = pl.format("{}#{}", "ocid", "name")
    status = pl.col("status").str.to_lowercase()
    bids = placed.with_columns(
        instant("submitted_at"),
        bid_id=pl.when("spanning").then(pl.format("{}#{}", alone, "lot")).otherwise(alone),
        status=pl.when(status.is_in([s.value for s in BidStatus])).then(status),
        amount=pl.when(~pl.col("spanning")).then("amount"),
        currency=pl.coalesce("currency", "unit_currency"),
    )
    members = _acting(bids, parties, "tenderers").unique(
        ["bid_id", "bidder_id"], keep="first", maintain_order=True
    )
    lead = members.unique("bid_id", keep="first", maintain_order=True).select("bid_id", "bidder_id")
    bids = bids.join(lead, on="bid_id", maintain_order="left")
    return bids, members, _refused(pl.concat([refused, bad]), found, "bids")


def award_rows(
    releases: Sequence[Release], units: pl.DataFrame, bids: pl.DataFrame, parties: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Awards per unit and supplier, and the awards that could not be placed."""
    frame, found = award_columns(releases)
    frame = _named(frame, units, "award").with_columns(instant("awarded_at"))
    frame = frame.join(_lots_of_bids(frame, bids), on="at", how="left", maintain_order="left").with_columns(
        lots=pl.when(pl.col("lots").list.len() > 0).then("lots").otherwise("bid_lots")
    )
    nameless = pl.col("suppliers").list.len() == 0
    refused = frame.filter(nameless).select("r", "at", "source_record", reason=pl.lit("names no supplier"))
    placed, bad = _placed(frame.filter(~nameless), units)
    awards = _acting(placed, parties, "suppliers")
    several = pl.len().over("at") > 1
    key = pl.format("{}#{}", "ocid", "name")
    return awards.with_columns(
        spanning=several & pl.col("amount").is_not_null(),
        award_id=pl.when(several)
        .then(pl.format("{}#{}#{}", key, pl.col("lot").fill_null(""), "bidder_id"))
        .otherwise(key),
        amount=pl.when(~several).then("amount"),
    ), _refused(pl.concat([refused, bad]), found, "awards")


def _lots_of_bids(awards: pl.DataFrame, bids: pl.DataFrame) -> pl.DataFrame:
    """The lots of the bids that each award names."""
    return (
        awards.select("r", "at", "related")
        .explode("related")
        .join(bids.select("r", "lot", related="name"), on=["r", "related"])
        .drop_nulls("lot")
        .group_by("at")
        .agg(pl.col("lot").unique().alias("bid_lots"))
    )


def outcomes(
    bids: pl.DataFrame, members: pl.DataFrame, awards: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Which bids won, and when each unit's outcome was known."""
    active = awards.filter(pl.col("status").fill_null("active").str.to_lowercase() == "active")
    named = pl.col("related").list.len() > 0
    by_bid = active.filter(named).select("tender_id", "related").explode("related")
    by_firm = active.filter(~named).select("tender_id", "bidder_id")
    standing = members.filter(~pl.col("status").is_in(["disqualified", "withdrawn"]).fill_null(False))
    won = pl.concat(
        [
            members.join(
                by_bid, left_on=["tender_id", "name"], right_on=["tender_id", "related"], how="semi"
            ).select("bid_id"),
            standing.join(by_firm, on=["tender_id", "bidder_id"], how="semi").select("bid_id"),
        ]
    ).unique()
    judged = bids.join(won.with_columns(won=pl.lit(True)), on="bid_id", how="left", maintain_order="left")
    decided = pl.col("won").any().over("tender_id")
    closed = active.group_by("tender_id").agg(pl.col("awarded_at").min().alias("closed_at"))
    return judged.with_columns(won=pl.when(decided).then(pl.col("won").fill_null(False))), closed
