"""Firms that usually bid to a buyer, took the documents and stayed away: as of the deadline."""

import polars as pl

from features.catalogue import Column, Grain, Reach, block, frame
from features.earlier import count_before
from features.hashed import join_hashed

TAKING = ("purchase_account", "purchase_order", "download_ip", "download_browser")
"""Kinds of identifier that a firm leaves when it takes the tender documents."""

FEWEST_CALLS = 5
"""Earlier tenders of the buyer in the category below which nobody is a regular."""

REGULAR = 0.7
"""Predicted participation from which a firm is expected (rules O10)."""

_CELL = ["buyer_id", "category"]
_TAKEN = f"traces of who took the documents on record; {FEWEST_CALLS} earlier tenders of buyer and category"


@frame(reach=Reach.TENDER)
def document_takers(identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and firm that bought or downloaded its documents: `tender_id, bidder_id`."""
    taken = identifiers.filter(pl.col("kind").is_in(TAKING), pl.col("tender_id").is_not_null())
    return taken.select("tender_id", "bidder_id").unique()


@block(
    Grain.TENDER,
    {
        "expected_takers": Column(
            "Firms that took the documents and had bid in so many of the buyer's earlier tenders of the "
            f"category that {REGULAR:.0%} participation was to be expected.",
            "预期应投标企业数", "firms", _TAKEN, "rules O10"),
        "absent_regulars": Column("How many of them did not bid.", "应投未投企业数", "firms", _TAKEN,
                                  "rules O10"),
        "earlier_calls": Column("Earlier tenders of the same buyer and category with an earlier deadline.",
                                "同一招标人同类此前标段数", "tenders", "deadline, buyer and category known",
                                "rules O10"),
    },
    reach=Reach.STRATUM,
)  # fmt: skip
def absences(tenders: pl.LazyFrame, entries: pl.LazyFrame, document_takers: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a deadline, a buyer and a category.

    Predicted participation is the mean of a beta law with one tender missed in advance: entries over
    earlier tenders plus one. Only tenders whose deadline had passed before count.
    """
    dated = tenders.select("tender_id", "deadline_at", *_CELL).drop_nulls()
    calls = dated.select(*_CELL, "tender_id", known_at="deadline_at")
    asked = count_before(dated, calls, by=_CELL, name="earlier_calls")
    entered = entries.select("tender_id", "bidder_id")
    takers = join_hashed(document_takers, asked, "tender_id")
    theirs = join_hashed(entered, document_takers.select("bidder_id").unique(), "bidder_id", "semi")
    known = count_before(
        takers, join_hashed(theirs, calls, "tender_id"), by=["bidder_id", *_CELL], name="entries"
    )
    expected = pl.col("entries") / (pl.col("earlier_calls") + 1) >= REGULAR
    there = entered.with_columns(bid=pl.lit(True))
    counted = (
        join_hashed(known, there, ["tender_id", "bidder_id"], "left")
        .group_by("tender_id")
        .agg(
            expected.sum().cast(pl.Int64).alias("expected_takers"),
            (expected & pl.col("bid").is_null()).sum().cast(pl.Int64).alias("absent_regulars"),
        )
    )
    enough = pl.col("earlier_calls") >= FEWEST_CALLS
    return asked.join(counted, on="tender_id", how="left").select(
        "tender_id",
        "earlier_calls",
        *(pl.when(enough).then(name).alias(name) for name in ("expected_takers", "absent_regulars")),
    )
