"""How a buyer runs its tenders, beside others of the same trade and place: a snapshot of a market."""

import polars as pl

from features.catalogue import Column, Grain, block, frame
from features.hypergeometric import upper_tail
from features.ratio import ratio
from features.tender.legal_periods import days_between

MANDATORY_DAYS = 20
"""Least bid period of tenders that the law demands (招标投标法 24)."""

_COUNTS = ("refusing", "lots", "of_stratum", "of_buyer")


@frame
def buyer_tenders(
    tenders: pl.LazyFrame, rejections: pl.LazyFrame, amendment_record: pl.LazyFrame, bids: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tender whose buyer is on record, with what the profile counts."""
    entered = bids.group_by("tender_id").agg(pl.len().alias("entered"))
    days = days_between(pl.col("published_at"), pl.col("deadline_at"))
    return (
        tenders.filter(pl.col("buyer_id").is_not_null())
        .join(entered, on="tender_id", how="left")
        .join(rejections.select("tender_id", "n_disqualified"), on="tender_id", how="left")
        .join(amendment_record.select("tender_id", "n_late_rule_changes"), on="tender_id", how="left")
        .select(
            "tender_id", "buyer_id", "category", "region", "entered", "n_disqualified", "n_late_rule_changes",
            pl.when("mandatory").then(days < MANDATORY_DAYS).alias("short"),
        )
    )  # fmt: skip


@block(
    Grain.BUYER,
    {
        "n_tenders": Column("Tenders of the buyer.", "招标项目数", "tenders"),
        "single_bid_share": Column("Share of its tenders that drew one bid.", "单一投标项目比例", "share",
                                   "a tender with a bid on record", "rules B03, R018"),
        "short_period_share": Column(
            f"Share of its mandatory tenders with fewer than {MANDATORY_DAYS} calendar days to bid.",
            "投标期不足法定期限的比例", "share", "a mandatory tender with both dates",
            "招标投标法 24; rules B01"),
        "late_rule_change_share": Column(
            "Share of its tenders whose rules changed late.", "临近截止变更资格或评分的项目比例", "share",
            "a tender for which n_late_rule_changes is known", "rules B08"),
        "refused_bid_share": Column("Share of the bids to it that were refused.", "否决投标比例", "share",
                                    "statuses of a tender's bids on record", "rules B05, R035"),
    },
)  # fmt: skip
def buyer_profile(buyer_tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per buyer."""
    known = pl.col("n_disqualified").is_not_null()
    return buyer_tenders.group_by("buyer_id").agg(
        pl.len().cast(pl.Int64).alias("n_tenders"),
        (pl.col("entered") == 1).mean().alias("single_bid_share"),
        pl.col("short").mean().alias("short_period_share"),
        (pl.col("n_late_rule_changes") > 0).mean().alias("late_rule_change_share"),
        ratio(pl.col("n_disqualified").sum(), pl.col("entered").filter(known).sum())
        .alias("refused_bid_share"),
    )  # fmt: skip


@block(
    Grain.BUYER,
    {
        "refusing_tenders": Column("Its tenders in which a bid was refused.", "有否决投标的项目数", "tenders",
                                   "statuses of its bids on record, stratum known"),
        "expected_refusing_tenders": Column("What the refusals in its strata would give.",
                                            "期望有否决投标的项目数", "tenders", "as refusing_tenders"),
        "refusing_p": Column(
            "Chance of so many in the stratum where they stand out most (hypergeometric upper tail), times "
            "the buyer's strata.", "否决频率的偶然概率", "probability", "as refusing_tenders", "rules B05"),
    },
)  # fmt: skip
def buyer_refusals(buyer_tenders: pl.LazyFrame, strata: pl.LazyFrame) -> pl.LazyFrame:
    """One row per buyer; tenders are compared, not bids, since the bids of a tender share its conditions."""
    told = (
        buyer_tenders.filter(pl.col("n_disqualified").is_not_null())
        .join(strata, on="tender_id")
        .with_columns(any_refused=pl.col("n_disqualified") > 0)
    )
    of_stratum = told.group_by("stratum").agg(
        pl.len().alias("lots"), pl.col("any_refused").sum().alias("of_stratum")
    )
    cells = (
        told.group_by("buyer_id", "stratum")
        .agg(pl.len().alias("of_buyer"), pl.col("any_refused").sum().alias("refusing"))
        .join(of_stratum, on="stratum")
        .with_columns(
            p=pl.struct(pl.col(_COUNTS).cast(pl.Float64)).map_batches(_tail, return_dtype=pl.Float64)
        )
    )
    expected = pl.col("of_buyer") * pl.col("of_stratum") / pl.col("lots")
    return cells.group_by("buyer_id").agg(
        pl.col("refusing").sum().cast(pl.Int64).alias("refusing_tenders"),
        expected.sum().alias("expected_refusing_tenders"),
        (pl.col("p").min() * pl.len()).clip(upper_bound=1.0).alias("refusing_p"),
    )


def _tail(counts: pl.Series) -> pl.Series:
    of = counts.struct.unnest()
    return pl.Series(upper_tail(*(of[name].to_numpy() for name in _COUNTS)))
