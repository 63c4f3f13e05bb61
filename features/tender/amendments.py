"""Whether the rules moved while bidders were at work: clarifications, changes, postponements."""

import polars as pl

from features.catalogue import Column, Grain, Kept, Reach, block, frame
from features.on_record import counted, kept_since
from features.tender.legal_periods import days_between

LATE_DAYS = 15
"""Changes that may affect bids come at least so many days before the deadline (条例 21)."""

_KNOWN = "an amendment on record, or amendments on record in the jurisdiction before the publication"
_COUNTS = ["n_amendments", "n_postponements", "n_late_amendments"]


@block(
    Grain.TENDER,
    {
        "n_amendments": Column("Clarifications, changes and postponements published before the deadline.",
                               "澄清修改与延期次数", "amendments", _KNOWN, "rules B08"),
        "n_postponements": Column("Amendments that moved the deadline.", "延期次数", "amendments", _KNOWN,
                                  "rules B08"),
        "n_late_amendments": Column(
            f"Amendments published fewer than {LATE_DAYS} calendar days before the deadline.",
            "临近截止的澄清修改次数", "amendments", _KNOWN, "条例 21; rules B08"),
        "n_late_rule_changes": Column(
            "Late amendments that touch qualification or scoring.", "临近截止的资格或评分变更次数",
            "amendments",
            f"{_KNOWN}; what the amendments touch is on record", "条例 21; rules B08"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def amendment_record(
    tenders: pl.LazyFrame, amendments: pl.LazyFrame, first_amendments: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tender, as of its deadline."""
    deadlines = tenders.select("tender_id", "deadline_at")
    made = amendments.join(deadlines, on="tender_id").filter(pl.col("published_at") <= pl.col("deadline_at"))
    late = days_between(pl.col("published_at"), pl.col("deadline_at")) < LATE_DAYS
    moved = (pl.col("kind") == "postponement").fill_null(False) | pl.col("new_deadline_at").is_not_null()
    rules = pl.col("touches").str.contains("qualification|scoring")
    told = late & rules.is_null()
    counts = made.group_by("tender_id").agg(
        pl.len().cast(pl.Int64).alias("n_amendments"),
        moved.sum().cast(pl.Int64).alias("n_postponements"),
        late.sum().cast(pl.Int64).alias("n_late_amendments"),
        pl.when(~told.any() | (late & rules).any()).then((late & rules).sum().cast(pl.Int64))
        .alias("n_late_rule_changes"),
    )  # fmt: skip
    since = kept_since(first_amendments, "published_at")
    rows = counted(tenders, counts.drop("n_late_rule_changes"), since, "published_at", _COUNTS)
    return (
        rows.join(counts.select("tender_id", "n_late_rule_changes"), on="tender_id", how="left")
        .with_columns(
            pl.when(pl.col("n_amendments") == 0).then(0).otherwise("n_late_rule_changes")
            .alias("n_late_rule_changes")
        )
    )  # fmt: skip


@frame(reach=Reach.TENDER, kept=Kept(("jurisdiction",)))
def first_amendments(amendments: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a dated amendment: `tender_id, jurisdiction`, its first `published_at`."""
    dated = amendments.select("tender_id", "published_at").drop_nulls()
    first = dated.group_by("tender_id").agg(pl.col("published_at").min())
    return first.join(tenders.select("tender_id", "jurisdiction"), on="tender_id")
