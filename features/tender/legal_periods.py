"""The periods that the law fixes, in days of the calendar of China Standard Time.

Where a period "from ... to" is prescribed, both days count: the reading that finds fewest periods short.
Where something must happen so many days before the deadline, the day on which it happened does not count.
"""

import polars as pl

from features.catalogue import Column, Grain, Reach, block, feature

_LAW = "days are counted by the calendar of China Standard Time, both ends included"


def _day(moment: pl.Expr) -> pl.Expr:
    return moment.dt.convert_time_zone("Asia/Shanghai").dt.date()


def days_between(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Calendar days from one moment to another, the first day not counted."""
    return (_day(last) - _day(first)).dt.total_days()


@feature(
    Grain.TENDER, zh="招标文件发售期（自然日）", unit="days", domain="documents_from and documents_to known",
    source=f"条例 16; {_LAW}",
)  # fmt: skip
def document_sale_days(documents_from: pl.Expr, documents_to: pl.Expr) -> pl.Expr:
    """Calendar days on which the tender documents could be had; known from the publication on."""
    return days_between(documents_from, documents_to) + 1


@feature(
    Grain.TENDER, zh="资格预审文件发售期（自然日）", unit="days",
    domain="prequalification_from and prequalification_to known", source=f"条例 16; {_LAW}",
)  # fmt: skip
def prequalification_sale_days(prequalification_from: pl.Expr, prequalification_to: pl.Expr) -> pl.Expr:
    """Calendar days on which the prequalification documents could be had; known from the publication on."""
    return days_between(prequalification_from, prequalification_to) + 1


@feature(
    Grain.TENDER, zh="中标候选人公示期（自然日）", unit="days",
    domain="publicity_from and publicity_to known",
    source=f"条例 54; {_LAW}",
)  # fmt: skip
def publicity_days(publicity_from: pl.Expr, publicity_to: pl.Expr) -> pl.Expr:
    """Calendar days on which the candidates were public.

    Known once the award is (T6).
    """
    return days_between(publicity_from, publicity_to) + 1


@block(
    Grain.TENDER,
    {
        "clarification_days": Column(
            "Calendar days from the last clarification that may affect the bids to the deadline as it "
            "stood in the end, the day of the clarification not counted.",
            "影响投标文件编制的澄清距投标截止（自然日）", "days",
            "deadline known, such a clarification on record before it", "招标投标法 23; 条例 21",
        ),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def clarification(tenders: pl.LazyFrame, amendments: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender; a postponed deadline is counted as postponed, so that it mends the period."""
    told = amendments.filter(pl.col("affects_bids")).group_by("tender_id").agg(pl.col("published_at").max())
    last = pl.max_horizontal("clarified_at", "published_at")
    return (
        tenders.select("tender_id", "clarified_at", "deadline_at")
        .join(told, on="tender_id", how="left")
        .select(
            "tender_id",
            pl.when(last <= pl.col("deadline_at"))
            .then(days_between(last, pl.col("deadline_at")))
            .alias("clarification_days"),
        )
    )
