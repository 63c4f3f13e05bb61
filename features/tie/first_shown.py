"""When each firm first showed a value, and so how many firms had shown it by a deadline.

A value that many firms show is a service or a network. Counting its holders takes all tenders of all of them;
so what counts is kept by value (`features.histories`), and one tender reads a few rows instead.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from features.bid.entrants import entry_key
from features.catalogue import Kept, Reach, frame
from features.hashed import hashed, join_hashed

_BEGINNING = pl.lit(datetime(1970, 1, 1, tzinfo=UTC), pl.Datetime("us", "UTC"))
_END = pl.lit(datetime(9000, 1, 1, tzinfo=UTC), pl.Datetime("us", "UTC"))
_KEY = ("bidder_id", "kind", "value_hash")
_READ = (*_KEY, "tender_id", "observed_at", "valid_from", "valid_to")


def since() -> pl.Expr:
    """From when a value of a firm speaks of it."""
    return pl.coalesce("valid_from", "observed_at").fill_null(_BEGINNING)


@frame(reach=Reach.PARTIES, kept=Kept(by=("value_hash",), of="bidder_id"))
def first_shown(
    repeated_identifiers: pl.LazyFrame, crossing_values: pl.LazyFrame, entries: pl.LazyFrame
) -> pl.LazyFrame:
    """The `showings` of values that several firms show, in one kind or in two that cross."""
    told = pl.concat([repeated_identifiers.select(_READ), crossing_values.select(_READ)])
    return showings(told, entries)


def showings(identifiers: pl.LazyFrame, entries: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm, kind and value that spoke of the firm in some tender where it stood behind a bid.

    Columns: `bidder_id, kind, value_hash`; `shown_at`, the first moment, for which the deadline stands where
    nobody observed one; `used_at`, the first moment at which a bid that is no joint one made it known, null
    where none did. They follow from the records of the firm and of its tenders alone.
    """
    asked = entries.select("entry", "bidder_id", "deadline_at", "known_at", "joint")
    of_bid = (
        identifiers.filter(pl.col("tender_id").is_not_null()).with_columns(entry_key())
        .join(asked.drop("bidder_id"), on="entry")
    )  # fmt: skip
    used = pl.when(~pl.col("joint") & pl.col("known_at").is_not_null()).then(
        pl.max_horizontal("known_at", "observed_at")
    )
    shown = pl.coalesce("observed_at", "deadline_at").fill_null(_BEGINNING)
    of_firm = _in_force(identifiers.filter(pl.col("tender_id").is_null()), asked)
    columns = (*_KEY, shown.alias("shown_at"))
    every = pl.concat(
        [
            of_bid.select(*columns, used.alias("used_at")),
            of_firm.select(*columns, pl.lit(None, pl.Datetime("us", "UTC")).alias("used_at")),
        ]
    )
    return every.group_by(_KEY).agg(pl.col("shown_at", "used_at").min())


def _in_force(of_firm: pl.LazyFrame, entries: pl.LazyFrame) -> pl.LazyFrame:
    """Values of firms with the first deadline of the firm in their validity; a tender may lack one."""
    told = of_firm.with_columns(since().alias("since"))
    dated = entries.filter(pl.col("deadline_at").is_not_null()).select("bidder_id", "deadline_at")
    first = told.sort("since").join_asof(
        dated.sort("deadline_at"), left_on="since", right_on="deadline_at", by="bidder_id",
        strategy="forward", coalesce=False, check_sortedness=False,
    )  # fmt: skip
    in_force = pl.col("valid_to").is_null() | (pl.col("deadline_at") < pl.col("valid_to"))
    undated = join_hashed(told, entries.filter(pl.col("deadline_at").is_null()), "bidder_id", "semi")
    return pl.concat(
        [
            first.filter(pl.col("deadline_at").is_not_null() & in_force),
            undated.with_columns(pl.lit(None, pl.Datetime("us", "UTC")).alias("deadline_at")),
        ],
        how="diagonal",
    )


@frame(reach=Reach.PARTIES)
def value_holders(first_shown: pl.LazyFrame) -> pl.LazyFrame:
    """The `holder_steps` of every kind and value that several firms show."""
    return holder_steps(first_shown, ("kind", "value_hash"))


def holder_steps(shown: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """How many firms had shown a value from when on: one row per value and moment at which one more had.

    Args:
        shown: one row per firm and value with `shown_at` and the columns `by`.
        by: what names a value.

    Returns:
        `_hash`, which stands for the columns `by`, `shown_at`, `holders`.

    """
    return (
        shown.group_by(hashed(*by), "shown_at").agg(pl.len().cast(pl.Int64).alias("holders"))
        .sort("_hash", "shown_at")
        .with_columns(pl.col("holders").cum_sum().over("_hash"))
    )  # fmt: skip


def with_holders(pairs: pl.LazyFrame, steps: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """Add `holders`: distinct firms that had shown a value by the deadline, at least the two of the pair.

    Args:
        pairs: `tender_id, deadline_at` and the columns `by`; without a deadline all count.
        steps: `holder_steps` by the same columns.
        by: what names a value.

    """
    until = pl.col("deadline_at").fill_null(_END).alias("asked_at")
    asked = pairs.select("tender_id", *by, hashed(*by), until).unique()
    counted = steps.join(asked.select("_hash").unique(), on="_hash", how="semi").sort("shown_at")
    found = asked.sort("asked_at").join_asof(
        counted, left_on="asked_at", right_on="shown_at", by="_hash", check_sortedness=False
    )
    holders = pl.col("holders").fill_null(0).clip(lower_bound=2)
    return join_hashed(pairs, found.select("tender_id", *by, holders), ["tender_id", *by], "left")
