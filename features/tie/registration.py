"""Two young bidders of a tender that were founded within days of each other."""

import polars as pl

from features.catalogue import Column, Grain, Kept, Reach, block, frame
from features.hashed import join_hashed

TOGETHER_DAYS = 7
"""Founding dates at most so far apart count as together (rules R02)."""

YOUNG = "24mo"

_TIES = ("tender_id", "bidder_a", "bidder_b")
_WEEKS = 2 * TOGETHER_DAYS + 1


@frame(reach=Reach.TENDER)
def young_entrants(entries: pl.LazyFrame, bidders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per dated tender and firm behind a bid that is on record as founded before the deadline.

    Columns: `tender_id, bidder_id, deadline_at, founded_on, region`, and `young`: founded in the 24 months
    before the deadline.
    """
    founded = bidders.filter(pl.col("founded_on").is_not_null())
    closed = pl.col("deadline_at").dt.date()
    return (
        entries.filter(pl.col("deadline_at").is_not_null())
        .select("tender_id", "bidder_id", "deadline_at")
        .pipe(join_hashed, founded.select("bidder_id", "founded_on", "region"), "bidder_id")
        .filter(pl.col("founded_on") <= closed)
        .with_columns(young=pl.col("founded_on") > closed.dt.offset_by(f"-{YOUNG}"))
    )  # fmt: skip


@block(
    Grain.TENDER,
    {
        "known_founding": Column("Firms of the tender whose founding is on record.", "成立日期有记录的投标人"
                                                                                     "数",
                                 "firms", "deadline known"),
        "young_firms": Column("Those of them that were founded in the 24 months before the deadline.",
                              "成立不满两年的投标人数", "firms", "deadline known"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def founding_coverage(young_entrants: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a deadline and a firm with a founding date."""
    return young_entrants.group_by("tender_id").agg(
        pl.len().cast(pl.Int64).alias("known_founding"),
        pl.col("young").sum().cast(pl.Int64).alias("young_firms"),
    )


@block(
    Grain.TIE,
    {
        "founded_together": Column(
            f"Both are younger than 24 months and were founded within {TOGETHER_DAYS} days, in one region "
            "where both are known.", "注册时间相近", "", "deadline known, both foundings on record",
            "rules R02",
            absent=pl.when(pl.col("known_founding") >= 2).then(False),
        ),
        "founding_gap_days": Column("Days between the two foundings.", "成立日期间隔", "days",
                                    "founded together",
                                    "rules R02"),
        "founding_chance": Column(
            f"Share of the young firms known by the deadline that were founded within {TOGETHER_DAYS} days "
            "of both, one firm spread over two years added.", "成立日期巧合的概率", "probability",
            "founded together", "rules R02",
        ),
        "founding_batch": Column(
            f"Young firms of the tender founded within {TOGETHER_DAYS} days of both, these two included.",
            "同批成立的投标人数", "firms", "founded together", "rules R02",
        ),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def registration(
    young_entrants: pl.LazyFrame, newcomers: pl.LazyFrame, bid_partners: pl.LazyFrame
) -> pl.LazyFrame:
    """Pairs of young rivals founded together; all others are not, or a founding is not on record.

    The chance speaks of one pair: among many young bidders some are founded together by accident, and a
    wave of foundings, as after a reform, raises it. Firms count once they entered an earlier tender.
    """
    young = young_entrants.filter("young").drop("young")
    gap = (pl.col("founded_on") - pl.col("founded_on_b")).dt.total_days().abs()
    elsewhere = (pl.col("region") != pl.col("region_b")).fill_null(False)
    together = (
        young.join(young.drop("deadline_at"), on="tender_id", suffix="_b")
        .filter(pl.col("bidder_id") < pl.col("bidder_id_b"), gap <= TOGETHER_DAYS, ~elsewhere)
        .select("tender_id", "deadline_at", "founded_on", "founded_on_b", bidder_a="bidder_id",
                bidder_b="bidder_id_b", founded_together=pl.lit(True), founding_gap_days=gap)
        .join(bid_partners, on=_TIES, how="anti")
    )  # fmt: skip
    return (
        together.join(_local_rate(together, newcomers), on=_TIES, how="left")
        .join(_batches(together), on=_TIES, how="left")
        .select(*_TIES, "founded_together", "founding_gap_days", "founding_chance",
                pl.col("founding_batch").fill_null(0) + 2)
    )  # fmt: skip


def _batches(together: pl.LazyFrame) -> pl.LazyFrame:
    """How many firms more were founded together with both of each pair."""
    one = together.select("tender_id", firm="bidder_a", other="bidder_b")
    both = pl.concat([one, together.select("tender_id", firm="bidder_b", other="bidder_a")])
    of_a = together.select(_TIES).join(both.rename({"firm": "bidder_a"}), on=["tender_id", "bidder_a"])
    of_b = both.select("tender_id", "other", bidder_b="firm")
    common = of_a.join(of_b, on=["tender_id", "bidder_b", "other"], how="semi")
    return common.group_by(_TIES).agg(founding_batch=pl.len().cast(pl.Int64))


@frame(reach=Reach.TENDER, kept=Kept(("",), asks=pl.len().over("tender_id") > 1))
def newcomers(entries: pl.LazyFrame, bidders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per dated tender and firm that was not yet much older than young: with its `born`.

    Columns: `tender_id, bidder_id, deadline_at, born`. Whoever is young at some deadline has no other earlier
    entries than these.
    """
    founded = bidders.filter(pl.col("founded_on").is_not_null()).select("bidder_id", born="founded_on")
    return (
        entries.filter(pl.col("deadline_at").is_not_null())
        .select("tender_id", "bidder_id", "deadline_at")
        .pipe(join_hashed, founded, "bidder_id")
        .filter(pl.col("deadline_at").dt.date() <= pl.col("born").dt.offset_by("25mo"))
    )


def _local_rate(together: pl.LazyFrame, newcomers: pl.LazyFrame) -> pl.LazyFrame:
    """How usual it was among earlier entrants of that age to be founded in those days."""
    others = newcomers.group_by("bidder_id", "born").agg(first_deadline=pl.col("deadline_at").min())
    closed = pl.col("deadline_at").dt.date()
    near = (
        (pl.col("born") >= pl.max_horizontal("founded_on", "founded_on_b").dt.offset_by(f"-{TOGETHER_DAYS}d"))
        & (pl.col("born") <= pl.min_horizontal("founded_on",
        "founded_on_b").dt.offset_by(f"{TOGETHER_DAYS}d"))
    )  # fmt: skip
    known = (
        together.with_columns(since=closed.dt.offset_by(f"-{YOUNG}"))
        .join_where(
            others,
            pl.col("born") > pl.col("since"),
            pl.col("first_deadline") < pl.col("deadline_at"),
        )
        .filter(pl.col("bidder_id") != pl.col("bidder_a"), pl.col("bidder_id") != pl.col("bidder_b"))
        .group_by(_TIES).agg(near=near.sum(), known=pl.len())
    )  # fmt: skip
    even = _WEEKS / 731
    chance = (pl.col("near").fill_null(0) + even) / (pl.col("known").fill_null(0) + 1)
    return together.select(_TIES).join(known, on=_TIES, how="left").select(*_TIES, founding_chance=chance)
