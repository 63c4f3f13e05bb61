"""How closely and how exclusively the members of a group meet each other, and what links them otherwise."""

import polars as pl

from features.catalogue import Column, Grain, block
from features.group.incidence import coded_incidence, cohesion_and_exclusivity

WACHS = "Wachs and Kertész 2019"
_FOUND = "every group; high by selection, since groups were found because their members meet often"


@block(
    Grain.GROUP,
    {
        "cohesion": Column(
            "Geometric over arithmetic mean of the members' numbers of meetings, pair by pair; 1 where "
            "every two "
            "met equally often, a pair that never met counts as a tenth of a meeting.",
            "凝聚度", "share", _FOUND, WACHS),
        "exclusivity": Column(
            "Meetings among members over all meetings of members with anybody.", "排他度", "share",
            _FOUND, WACHS),
    },
)  # fmt: skip
def group_structure(
    coded_entries: pl.LazyFrame, submarkets: pl.LazyFrame, group_sets: pl.LazyFrame,
    tender_codes: pl.LazyFrame, bidder_codes: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per group.

    The two measures are as remembered from the paper: its abstract, which is what was reached, names them
    without formula. The ratio of means is the intensity coherence of Onnela et al. (2005).
    """
    known = coded_incidence(coded_entries, submarkets, group_sets, tender_codes, bidder_codes)
    cohesion, exclusivity = cohesion_and_exclusivity(known, known.bidder)
    return pl.LazyFrame({"group_id": known.groups, "cohesion": cohesion, "exclusivity": exclusivity})


@block(
    Grain.GROUP,
    {
        "group_links": Column("Pairs of members that the affinity graph joins.", "成员间关联边数",
                              "pairs", _FOUND),
        "group_density": Column("Their share of all pairs of members.", "关联密度", "share", _FOUND),
        "identifier_pairs": Column("Pairs of members that share a rare identifier.", "共用稀有标识的成员对数",
                                   "pairs", "a shared identifier is on record anywhere in the market",
                                   "rules O02, O04"),
        "identifier_rarity": Column("Rarity of what the most closely tied two of them share.",
                                    "成员间最大共用标识稀有度", "bits", "identifier_pairs >= 1"),
        "identifier_families": Column("Most families of kinds of identifier that two of them share.",
                                      "成员间共用标识类别数", "kinds", "identifier_pairs >= 1"),
    },
)  # fmt: skip
def group_links(
    group_sets: pl.LazyFrame, affinity: pl.LazyFrame, shared_identifiers: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per group; where the market holds no shared identifier at all their number is unknown."""
    pair = ["bidder_a", "bidder_b"]
    inside = _pairs(group_sets)
    joined = affinity.select(*pair, pl.lit(True).alias("linked")).unique()
    rare = shared_identifiers.filter(pl.col("shared_rarity") > 0)
    on_record = shared_identifiers.select((pl.len() > 0).alias("on_record"))
    return (
        inside.join(joined, on=pair, how="left")
        .join(rare.select(*pair, "shared_rarity", "shared_families"), on=pair, how="left")
        .group_by("group_id")
        .agg(
            pl.col("linked").sum().cast(pl.Int64).alias("group_links"),
            (pl.col("linked").sum() / pl.len()).alias("group_density"),
            pl.col("shared_rarity").count().cast(pl.Int64).alias("identifier_pairs"),
            pl.col("shared_rarity").max().alias("identifier_rarity"),
            pl.col("shared_families").max().alias("identifier_families"),
        )
        .join(on_record, how="cross")
        .with_columns(pl.when("on_record").then("identifier_pairs").alias("identifier_pairs"))
        .drop("on_record")
    )


def _pairs(group_sets: pl.LazyFrame) -> pl.LazyFrame:
    """Every two members of a group, in the order of their names."""
    a = group_sets.select("group_id", bidder_a="bidder_id")
    b = group_sets.select("group_id", bidder_b="bidder_id")
    return a.join(b, on="group_id").filter(pl.col("bidder_a") < pl.col("bidder_b"))
