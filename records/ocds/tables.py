"""From OCDS releases to our tables: one list per column, then joins.

A *unit* is what is awarded on its own: a lot, or the whole tender where there are no lots. Rows
carry `r`, the position of their release, until the end.
"""

from collections.abc import Sequence

import polars as pl

from records.ocds.bids import award_rows, bid_rows, outcomes
from records.ocds.columns import (
    contact_columns,
    flat,
    party_columns,
    release_columns,
    unit_columns,
)  # fmt: skip
from records.ocds.contracts import (
    CONTRACTS,
    PAYMENTS,
    amendment_rows,
    contract_rows,
    payment_rows,
)  # fmt: skip
from records.ocds.release import Release, Tender
from records.privacy import is_sentinel
from records.source import Raw

MECHANISMS = {"priceonly": "lowest", "lowestcost": "lowest", "ratedcriteria": "scored"}
"""Award criteria whose meaning for prices is certain; the others leave the mechanism unknown."""

SPANNING = "amounts of bids or awards for several lots or suppliers left out: no share is stated"
UNNAMED = "bids or awards without an id numbered by their position"


def tables_of(releases: Sequence[Release], places: Sequence[str], jurisdiction: str | None) -> Raw:
    """Map releases (with a label of where each stands in the file) to tables."""
    tenders = [r.tender or Tender() for r in releases]
    parties = party_columns(releases)
    head = release_columns(releases, places, tenders)
    units = unit_columns(head, tenders)
    bids, members, bad_bids = bid_rows(releases, units, parties)
    awards, bad_awards = award_rows(releases, units, bids, parties)
    bids, closed = outcomes(bids, members, awards)
    contracts, bad_contracts, signed = contract_rows(releases, units, awards)
    followed = {
        "amendments": amendment_rows(releases, units),
        "contracts": _rows(contracts, "contracts", CONTRACTS),
        "payments": _rows(payment_rows(contracts, signed, parties), "contracts", PAYMENTS),
    }
    tables = {
        "tenders": _tenders(units, closed, parties, jurisdiction),
        "bids": _rows(bids, "bids", BIDS),
        "consortium_members": _rows(
            members.filter(pl.col("bidder_id").n_unique().over("bid_id") > 1), "bids", MEMBERS
        ),
        "awards": _rows(awards, "awards", AWARDS),
        "bidders": _bidders(parties, members, awards, head),
        "identifiers": _identifiers(releases, parties, members, awards, head),
    }
    tables |= {name: frame for name, frame in followed.items() if frame.height}
    spanning = sum(f.filter("spanning").height for f in (bids, awards))
    unnamed = sum(f.filter("unnamed").height for f in (bids, awards))
    repairs = {SPANNING: spanning, UNNAMED: unnamed}
    return Raw(
        tables, pl.concat([bad_bids, bad_awards, bad_contracts]), {k: n for k, n in repairs.items() if n}
    )


BIDS = ["bid_id", "tender_id", "bidder_id", "amount", "currency", "status", "rank", "won", "submitted_at"]
MEMBERS = ["bid_id", "bidder_id", "tender_id"]
AWARDS = ["award_id", "tender_id", "bidder_id", "amount", "currency", "status", "awarded_at"]


def _rows(frame: pl.DataFrame, source_table: str, columns: list[str]) -> pl.DataFrame:
    return frame.select(*columns, pl.lit(source_table).alias("source_table"), "source_record")


def _tenders(
    units: pl.DataFrame, closed: pl.DataFrame, parties: pl.DataFrame, jurisdiction: str | None
) -> pl.DataFrame:
    has_buyer = pl.col("buyer").is_not_null() | pl.col("buyer_name").is_not_null()
    known = parties.select("r", "party", "bidder_id", "region", "country")
    named = (
        units.with_columns(buyer_ref=pl.when(has_buyer).then("buyer").otherwise("agency"))
        .join(known, left_on=["r", "buyer_ref"], right_on=["r", "party"], how="left", maintain_order="left")
        .join(
            known.select("r", "party", agency_key="bidder_id"),
            left_on=["r", "agency"], right_on=["r", "party"], how="left", maintain_order="left",
        )
        .join(closed, on="tender_id", how="left", maintain_order="left")
    )  # fmt: skip
    other = has_buyer & ((pl.col("agency") != pl.col("buyer")) | pl.col("buyer").is_null())
    return named.select(
        "tender_id",
        pl.col("ocid").alias("procedure_id"),
        "title",
        pl.lit(jurisdiction, pl.String).fill_null(pl.col("country")).alias("jurisdiction"),
        "region",
        "category",
        pl.coalesce("bidder_id", "buyer_ref").alias("buyer_id"),
        pl.when(has_buyer).then("buyer_name").otherwise("agency_name").alias("buyer_name"),
        pl.when(other).then(pl.coalesce("agency_key", "agency")).alias("agency_id"),
        pl.when(other).then("agency_name").alias("agency_name"),
        "procurement_method",
        pl.col("criteria").str.to_lowercase().replace_strict(MECHANISMS, default=None).alias("mechanism"),
        "currency", "estimate", "ceiling", "published_at", "deadline_at", "opened_at", "closed_at", "status",
        pl.lit("tender").alias("source_table"),
        pl.col("place").alias("source_record"),
    )  # fmt: skip


def _entrants(members: pl.DataFrame, awards: pl.DataFrame) -> pl.DataFrame:
    """Who bids or is awarded, per release and unit."""
    columns = ("r", "party", "bidder_id", "tender_id", "ocid")
    return pl.concat([members.select(columns), awards.select(columns)]).unique(maintain_order=True)


def _bidders(
    parties: pl.DataFrame, members: pl.DataFrame, awards: pl.DataFrame, head: pl.DataFrame
) -> pl.DataFrame:
    """The particulars of each bidder in the latest release that names it."""
    named = parties.filter("bids").select("r", "party")
    acting = _entrants(members, awards).select("r", "party")
    keys = pl.concat([named, acting]).unique(maintain_order=True)
    known = keys.join(parties, on=["r", "party"], how="left", maintain_order="left")
    return (
        known.with_columns(pl.coalesce("bidder_id", "party").alias("bidder_id"))
        .join(head.select("r", "place", "released_at"), on="r", maintain_order="left")
        .sort("released_at", nulls_last=False, maintain_order=True)
        .unique("bidder_id", keep="last", maintain_order=True)
        .select(
            "bidder_id", "name", "id_scheme", "region",
            pl.lit("parties").alias("source_table"),
            pl.format("{}, party {}", "place", "party").alias("source_record"),
        )
    )  # fmt: skip


def _identifiers(
    releases: Sequence[Release],
    parties: pl.DataFrame,
    members: pl.DataFrame,
    awards: pl.DataFrame,
    head: pl.DataFrame,
) -> pl.DataFrame:
    """Telephones, e-mails and addresses of each entrant, as stated for that tender."""
    _, found = flat(releases, lambda r: r.parties or ())
    entrants = _entrants(members, awards).join(
        parties.select("r", "party", "street", "locality", "at"), on=["r", "party"], maintain_order="left"
    )
    contacts = contact_columns(found)
    locality = pl.when(~is_sentinel(pl.col("locality"))).then("locality")
    address = pl.when(~is_sentinel(pl.col("street"))).then(
        pl.concat_str("street", locality, separator=", ", ignore_nulls=True)
    )
    keys = ("r", "party", "bidder_id", "tender_id")
    stated = pl.concat(
        [
            entrants.join(contacts, on="at", maintain_order="left").select(*keys, "kind", "value"),
            entrants.select(*keys, pl.lit("address").alias("kind"), address.alias("value")),
        ]
    ).drop_nulls("value")
    return (
        stated.join(head.select("r", "place", "released_at"), on="r", maintain_order="left")
        .unique(["bidder_id", "tender_id", "kind", "value"], keep="first", maintain_order=True)
        .select(
            "bidder_id", "tender_id", "kind", "value",
            pl.col("released_at").alias("observed_at"),
            pl.lit("parties").alias("source_table"),
            pl.format("{}, party {}", "place", "party").alias("source_record"),
        )
    )  # fmt: skip
