"""What followed a tender's publication and its award in OCDS: amendments, contracts, payments."""

from collections.abc import Sequence

import msgspec
import polars as pl

from records.ocds.columns import amounts, codes, currencies, flat, instant, texts
from records.ocds.release import Contract, Release, Transaction
from records.source import UNREADABLE

CONTRACTS = ["contract_id", "tender_id", "bidder_id", "award_id", "amount", "currency", "status", "signed_at"]
PAYMENTS = ["payment_id", "tender_id", "from_id", "to_id", "amount", "paid_at"]

_UNPLACED = "names no award, but its tender has several lots"


def amendment_rows(releases: Sequence[Release], units: pl.DataFrame) -> pl.DataFrame:
    """Amendments of the tender, on each of its units."""
    where, found = flat(releases, lambda r: (r.tender.amendments if r.tender else None) or ())
    frame = pl.DataFrame(
        {
            "r": pl.Series(where, dtype=pl.Int64),
            "id": codes(a.id for a in found),
            "published_at": texts(a.date for a in found),
        }
    )
    return frame.with_columns(instant("published_at"), name=_named()).join(
        units.select("r", "tender_id", "place"), on="r", maintain_order="left"
    ).select(
        pl.format("{}#{}", "tender_id", "name").alias("amendment_id"),
        "tender_id",
        pl.lit("change").alias("kind"),
        "published_at",
        pl.lit("tender").alias("source_table"),
        pl.format("{}, amendment {}", "place", "name").alias("source_record"),
    )  # fmt: skip


def contract_rows(
    releases: Sequence[Release], units: pl.DataFrame, awards: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, list[Contract]]:
    """Contracts by unit and supplier of their award, those that could not be placed, and the parts.

    The amount stands only where the award has one row: shares of lots or suppliers are not stated.
    """
    where, found = flat(releases, lambda r: r.contracts or ())
    frame = pl.DataFrame(
        {
            "r": pl.Series(where, dtype=pl.Int64),
            "at": pl.Series(range(len(where)), dtype=pl.Int64),
            "id": codes(c.id for c in found),
            "award": codes(c.award_id for c in found),
            "amount": amounts(c.value for c in found),
            "currency": currencies(c.value for c in found),
            "status": texts(c.status for c in found),
            "signed_at": texts(c.date_signed for c in found),
        }
    ).with_columns(instant("signed_at"), name=_named())
    awarded = awards.select("r", "tender_id", "bidder_id", "award_id", award="name")
    only = units.filter(pl.col("n_lots") <= 1).select("r", only_id="tender_id")
    heads = units.select("r", "ocid", "place").unique("r")
    placed = (
        frame.join(awarded, on=["r", "award"], how="left", maintain_order="left")
        .join(only, on="r", how="left", maintain_order="left")
        .join(heads, on="r", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("tender_id", "only_id").alias("tender_id"),
            source_record=pl.format("{}, contract {}", "place", "name"),
            several=pl.len().over("at") > 1,
        )
    )
    key = pl.format("{}#{}", "ocid", "name")
    lost = placed.filter(pl.col("tender_id").is_null())
    return placed.filter(pl.col("tender_id").is_not_null()).with_columns(
        pl.when("several").then(pl.format("{}#{}#{}", key, "tender_id", "bidder_id")).otherwise(key)
        .alias("contract_id"),
        pl.when(~pl.col("several")).then("amount").alias("amount"),
    ), _refused(lost, found), found  # fmt: skip


def payment_rows(contracts: pl.DataFrame, found: Sequence[Contract], parties: pl.DataFrame) -> pl.DataFrame:
    """Transactions of the contracts that name payer and payee."""
    paid = [
        (at, t) for at, c in enumerate(found) if c.implementation for t in c.implementation.transactions or ()
    ]
    made: list[Transaction] = [t for _, t in paid]
    frame = pl.DataFrame(
        {
            "at": pl.Series([at for at, _ in paid], dtype=pl.Int64),
            "id": codes(t.id for t in made),
            "paid_at": texts(t.date for t in made),
            "amount": amounts(t.value for t in made),
            "payer": codes(t.payer.id if t.payer else None for t in made),
            "payee": codes(t.payee.id if t.payee else None for t in made),
        }
    ).with_columns(instant("paid_at"))
    number = pl.format("no. {}", pl.int_range(1, pl.len() + 1).over("at"))
    once = contracts.unique("at", keep="first", maintain_order=True)
    rows = frame.with_columns(name=pl.coalesce("id", number)).join(
        once.select("at", "r", "contract_id", "tender_id", "place"), on="at", maintain_order="left"
    )
    for side, key in (("payer", "from_id"), ("payee", "to_id")):
        known = parties.select("r", pl.col("party").alias(side), pl.col("bidder_id").alias(key))
        rows = rows.join(known, on=["r", side], how="left", maintain_order="left").with_columns(
            pl.coalesce(key, side).alias(key)
        )
    return rows.drop_nulls(["from_id", "to_id"]).with_columns(
        payment_id=pl.format("{}#{}", "contract_id", "name"),
        source_record=pl.format("{}, transaction {}", "place", "name"),
    )


def _named() -> pl.Expr:
    """The id of a part, or its number in its release."""
    return pl.coalesce("id", pl.format("no. {}", pl.int_range(1, pl.len() + 1).over("r")))


def _refused(lost: pl.DataFrame, found: Sequence[Contract]) -> pl.DataFrame:
    raw = [msgspec.json.encode(found[i]).decode() for i in lost["at"]]
    return lost.select(
        pl.lit("contracts").alias("source_table"),
        "source_record",
        pl.lit(_UNPLACED).alias("reason"),
        pl.Series("raw", raw, dtype=pl.String),
    ).cast(UNREADABLE)
