"""How busy the bank branch or insurer is that two bidders share, from what earlier tenders show."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, Kept, Reach, block, frame
from features.earlier import state_before
from features.tie.upload_gap import timed

ENOUGH = 30
"""Earlier events from which a share or a rate speaks for itself (a choice)."""

OFFICE = 8 / 24 * 5 / 7
"""Share of all hours in which offices are open: a rate over the calendar is dearer by day."""

SERVICES = ("deposit_branch", "guarantee_insurer")
_PAIR = KEYS[Grain.TIE]


_VALUE = ["kind", "value_hash"]
_SHARED = pl.len().over("tender_id", *_VALUE) > 1


@frame(reach=Reach.TENDER, kept=Kept(("value_hash",), asks=_SHARED))
def service_uses(identifiers: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per use of a branch or insurer in a bid.

    Columns: `tender_id, kind, value_hash, observed_at, known_at`.
    """
    return _uses(identifiers, tender_codes)


@frame(reach=Reach.TENDER, kept=Kept(("kind",), asks=pl.col("shared")))
def uses_of_kind(identifiers: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """How often a tender's bids used any branch or any insurer, one row per moment at which that was known.

    Columns: `tender_id, kind, known_at, uses`, and whether two of them used the same: `shared`.
    """
    told = _uses(identifiers, tender_codes).with_columns(shared=_SHARED)
    return told.group_by("tender_id", "kind", "known_at").agg(
        pl.len().cast(pl.Int64).alias("uses"), pl.col("shared").any()
    )


def _uses(identifiers: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    return (
        identifiers.filter(pl.col("kind").is_in(SERVICES), pl.col("tender_id").is_not_null())
        .join(tender_codes.select("tender_id", "known_at"), on="tender_id")
        .filter(pl.col("known_at").is_not_null())
        .select("tender_id", "kind", "value_hash", "observed_at",
                known_at=pl.max_horizontal("known_at", "observed_at"))
    )  # fmt: skip


@block(
    Grain.TIE,
    {
        "branch_usual_share": Column(
            "Share of the deposits of earlier tenders that the shared branch paid, of several the largest.",
            "该网点在此前保证金中的占比", "share",
            f"a branch is shared, {ENOUGH} earlier deposits known before the deadline", "rules M03"),
        "insurer_hourly_rate": Column(
            "Guarantees that the shared issuer made per office hour in earlier tenders, of several the most.",
            "该机构此前每工作小时出具保函数", "guarantees per hour",
            f"an issuer is shared, {ENOUGH} earlier timed guarantees of it known before the deadline",
            "rules M05"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def service_rates(
    shared_values: pl.LazyFrame, service_uses: pl.LazyFrame, uses_of_kind: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tie that shares a branch or an issuer."""
    asked = shared_values.filter(pl.col("kind").is_in(SERVICES)).select(*_PAIR, *_VALUE, "deadline_at")
    of_all = (
        _rows_of(asked, uses_of_kind, ["kind"])
        .group_by("kind", "known_at").agg(all_uses=pl.col("uses").sum())
        .sort("known_at").with_columns(pl.col("all_uses").cum_sum().over("kind"))
    )  # fmt: skip
    count = pl.int_range(1, pl.len() + 1)
    shown = _rows_of(asked, service_uses, _VALUE).sort("known_at")
    of_value = shown.select(*_VALUE, "known_at", uses=count.over(_VALUE))
    at = pl.col("observed_at")
    clocked = shown.filter(timed(at)).select(
        *_VALUE, "known_at", clocked=count.over(_VALUE),
        first=at.cum_min().over(_VALUE), last=at.cum_max().over(_VALUE),
    )  # fmt: skip
    told = state_before(asked, of_value, by=_VALUE).drop("known_at")
    told = state_before(told, of_all, by=["kind"]).drop("known_at")
    told = state_before(told, clocked, by=_VALUE)
    hours = (pl.col("last") - pl.col("first")).dt.total_seconds() / 3600 * OFFICE
    share = pl.when(pl.col("all_uses") >= ENOUGH).then(pl.col("uses").fill_null(0) / pl.col("all_uses"))
    rate = pl.when((pl.col("clocked") >= ENOUGH) & (hours > 0)).then(pl.col("clocked") / hours)
    of = pl.col("kind")
    return told.group_by(_PAIR).agg(
        branch_usual_share=share.filter(of == "deposit_branch").max(),
        insurer_hourly_rate=rate.filter(of == "guarantee_insurer").max(),
    )


def _rows_of(asked: pl.LazyFrame, uses: pl.LazyFrame, by: list[str]) -> pl.LazyFrame:
    return uses.join(asked.select(by).unique(), on=by, how="semi")
