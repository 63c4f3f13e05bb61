"""How large a group is, how often and how long its members met, and how thin its market is."""

import polars as pl

from features.catalogue import Column, Grain, block
from features.hashed import join_hashed
from features.ratio import ratio

_FOUND = (
    "every group; groups were found because their members meet often, so no column here is evidence against "
    "chance"
)


@block(
    Grain.GROUP,
    {
        "group_size": Column("Members of the group.", "成员数", "firms", _FOUND),
        "group_tenders": Column("Tenders in which at least one member bid.", "成员参与标段数", "tenders",
                                _FOUND),
        "group_meetings": Column("Tenders in which two members or more bid.", "两名以上成员同场标段数",
                                 "tenders", _FOUND, "rules O02"),
        "group_full_meetings": Column("Tenders in which every member bid.", "全体成员同场标段数", "tenders",
                                      _FOUND, "rules O02"),
        "group_alone": Column("Tenders in which two members or more bid and nobody else did.",
                              "仅成员投标的标段数", "tenders", _FOUND, "rules Q13"),
        "group_years": Column("Calendar years in which two members or more met.", "共同活跃年数", "years",
                              "a deadline or an outcome is dated"),
        "group_span": Column("Time from the first such meeting to the last.", "共同活跃时长", "days",
                             "a deadline or an outcome is dated"),
        "group_joining": Column("Share of the tenders that any member entered in which two or more did.",
                                "成员同场比例", "share", _FOUND),
    },
)  # fmt: skip
def group_participation(group_entries: pl.LazyFrame, group_sets: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group."""
    size = group_sets.group_by("group_id").agg(pl.len().alias("group_size"))
    met, dated = pl.col("present") >= 2, pl.col("deadline_at").is_not_null()
    when = pl.col("deadline_at").filter(met)
    lots = group_entries.unique(["group_id", "tender_id"]).join(size, on="group_id")
    counts = lots.group_by("group_id").agg(
        pl.len().alias("group_tenders"),
        met.sum().alias("group_meetings"),
        (pl.col("present") == pl.col("group_size")).sum().alias("group_full_meetings"),
        (met & (pl.col("present") == pl.col("n_firms"))).sum().alias("group_alone"),
        pl.when((met & dated).any()).then(when.dt.year().drop_nulls().n_unique()).alias("group_years"),
        (when.max() - when.min()).dt.total_days().alias("group_span"),
    )
    return (
        size.join(counts, on="group_id")
        .with_columns(ratio(pl.col("group_meetings"), pl.col("group_tenders")).alias("group_joining"))
        .with_columns(pl.col("^group_(size|tenders|meetings|full_meetings|alone|years)$").cast(pl.Int64))
    )


@block(
    Grain.GROUP,
    {
        "active_suppliers": Column(
            "Firms with a valid priced bid in the stratum where the members met most often.",
            "分层内活跃供应商数", "firms", _FOUND, "rules FX10"),
        "thin_market": Column("No more than five firms are active there.", "市场主体过少", "", _FOUND,
                              "rules FX10"),
        "home_stratum": Column("That stratum.", "主要分层", "", _FOUND),
    },
)  # fmt: skip
def group_market(
    group_entries: pl.LazyFrame, strata: pl.LazyFrame, priced_bids: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per group: in a thin market the same few firms meet because there are no others."""
    firms = (
        priced_bids.join(strata, on="tender_id").group_by("stratum")
        .agg(pl.col("bidder_id").n_unique().cast(pl.Int64).alias("active_suppliers"))
    )  # fmt: skip
    return (
        group_entries.unique(["group_id", "tender_id"])
        .pipe(join_hashed, strata, "tender_id")
        .group_by("group_id", "stratum").agg((pl.col("present") >= 2).sum().alias("met"))
        .sort("met", "stratum", descending=[True, False])
        .unique("group_id", keep="first", maintain_order=True)
        .join(firms, on="stratum")
        .select(
            "group_id", "active_suppliers", (pl.col("active_suppliers") <= THIN).alias("thin_market"),
            home_stratum="stratum",
        )
    )  # fmt: skip


THIN = 5
"""Active suppliers up to which a market is thin (rules FX10)."""
