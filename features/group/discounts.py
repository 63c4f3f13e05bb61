"""Whether a group bids lower as soon as an outsider enters (rules Q13)."""

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block
from features.group.contests import DRAWS
from features.group.shuffle import shuffled
from features.segments import Segments

_BOTH = "lots of both sorts with a ceiling or an estimate"
_HAIR = 1e-12


@block(
    Grain.GROUP,
    {
        "n_alone": Column("Priced lots with two members or more and nobody else.", "仅成员投标标段数",
                          "tenders", "a ceiling or an estimate is on record", "rules Q13"),
        "n_with_outsiders": Column("Priced lots with two members or more and an outsider.",
                                   "有外部投标人标段数", "tenders", "a ceiling or an estimate is on record",
                                   "rules Q13"),
        "discount_alone": Column("Mean of 1 - lowest bid over ceiling (else estimate) in lots of members "
                                 "alone.",
                                 "仅成员投标时的下浮率", "share", "n_alone >= 1", "rules Q13"),
        "discount_with_outsiders": Column("The same mean where an outsider bid.", "有外部投标人时的下浮率",
                                          "share", "n_with_outsiders >= 1", "rules Q13"),
        "outsider_effect": Column("The second mean less the first.", "外部投标人带来的降幅", "share", _BOTH,
                                  "rules Q13"),
        "member_discount_change": Column(
            "How much lower the members' own best bid lies where an outsider bid, among lots with the same "
            "number of members and the same award mechanism.",
            "成员自身报价降幅", "share", f"{_BOTH} with as many members and the same mechanism"),
        "outsider_p": Column(
            "Chance of so large a change of the members' own best bid when outsiders come at random among "
            "such "
            "lots.", "外部投标人效应的偶然概率", "probability",
            f"{_BOTH} with as many members and the same mechanism; conditional on which members bid; firms "
            "that know who else bids may honestly bid lower", "rules Q13"),
    },
)  # fmt: skip
def group_discounts(group_entries: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group with a meeting that has a ceiling or an estimate.

    The lowest bid of a lot falls with the number of bidders, rigged or not. So the test compares the members'
    own best bids, between lots that as many members entered under the same mechanism: independent bidders who
    do not see who else bids would not change theirs.
    """
    lots = _lots(group_entries)
    alone = pl.col("alone")
    means = lots.group_by("group_id").agg(
        alone.sum().cast(pl.Int64).alias("n_alone"),
        (~alone).sum().cast(pl.Int64).alias("n_with_outsiders"),
        pl.col("discount").filter(alone).mean().alias("discount_alone"),
        pl.col("discount").filter(~alone).mean().alias("discount_with_outsiders"),
    )
    effect = (pl.col("discount_with_outsiders") - pl.col("discount_alone")).alias("outsider_effect")
    return means.with_columns(effect).join(_tested(lots.collect()).lazy(), on="group_id", how="left")


def _lots(group_entries: pl.LazyFrame) -> pl.LazyFrame:
    reference = pl.when(pl.col("ceiling") > 0).then("ceiling").otherwise("estimate")
    return (
        group_entries.filter(pl.col("present") >= 2, reference > 0)
        .group_by("group_id", "tender_id")
        .agg(
            pl.col("present", "mechanism").first(),
            (pl.col("present") == pl.col("n_firms")).first().alias("alone"),
            (1 - pl.col("lowest") / reference).first().alias("discount"),
            (1 - pl.col("price") / reference).max().alias("own"),
        )
    )


def _tested(lots: pl.DataFrame) -> pl.DataFrame:
    """Difference and chance per group, over cells that hold lots of both sorts."""
    cell = ["group_id", "present", "mechanism"]
    mixed = (pl.col("alone").any() & ~pl.col("alone").all()).over(cell)
    rows = lots.filter(mixed).sort(*cell, "tender_id")
    group = Segments(rows["group_id"].rle().struct.field("len").to_numpy().astype(np.int64))
    cut = Segments(
        rows.select(pl.struct(cell).rle().struct.field("len")).to_series().to_numpy().astype(np.int64)
    )
    alone, own, rng = rows["alone"].to_numpy(), rows["own"].to_numpy(), np.random.default_rng(0)
    observed, low = group.sum(np.where(alone, own, 0.0)), np.zeros(group.n.size)
    for _ in range(DRAWS):
        low += group.sum(np.where(alone, own[shuffled(cut, rng)], 0.0)) <= observed + _HAIR
    n_alone = cut.spread(cut.count(alone)) / cut.spread(cut.n)
    share = np.where(alone, -(1 - n_alone), n_alone)
    weight = group.sum(np.where(alone, 1 - n_alone, 0.0))
    return pl.DataFrame(
        {
            "group_id": rows["group_id"].rle().struct.field("value"),
            "member_discount_change": group.sum(share * own) / weight,
            "outsider_p": (1 + low) / (DRAWS + 1),
        }
    )
