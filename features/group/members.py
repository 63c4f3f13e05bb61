"""How each member of a group fares against the others, in words that describe and accuse nobody."""

import polars as pl

from features.catalogue import frame
from features.graph import affinity_graph
from features.group.communities import affinity_subgraph
from features.ratio import ratio

FEWEST = 5
"""Contests that a member has to enter before a role is named."""


@frame
def group_members(
    group_sets: pl.LazyFrame, group_entries: pl.LazyFrame, affinity: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per group and member, for cases and drawings.

    Columns: `group_id, bidder_id, submarket`; over tenders with two members or more `meetings`, `contests`
    (those that a member won), `contest_wins`, `mean_position` (place of the price among the members': 0
    lowest, 1 highest), `lost_to_top` (share of its lost contests that the group's top winner won, null for
    that member), `lost_inside` (share of its lost, decided meetings that a member won); `links` (members
    that the affinity graph joins it to), `strength` (weight of those edges), `betweenness` (share of
    shortest paths inside the group that lead through it); `role`: "mostly wins", "mostly loses to
    members", "wins in turn", "loses mostly to others" or "few contests".
    """
    fared = _fared(group_entries)
    central = _centrality(group_sets.collect(), affinity.collect()).lazy()
    key = ["group_id", "bidder_id"]
    return (
        group_sets.join(fared, on=key, how="left")
        .join(central, on=key, how="left")
        .with_columns(role().alias("role"))
        .sort(key)
    )


def _fared(group_entries: pl.LazyFrame) -> pl.LazyFrame:
    lot = ["group_id", "tender_id"]
    met = group_entries.filter(pl.col("present") >= 2).with_columns(
        pl.col("won").any().over(lot).fill_null(False).alias("contest"),
        ((pl.col("price").rank("average").over(lot) - 1) / (pl.col("present") - 1)).alias("place"),
        pl.when("won").then("bidder_id").alias("winner"),
    )
    top = (
        met.filter("won").group_by("group_id", "bidder_id").len()
        .sort("len", "bidder_id", descending=[True, False])
        .unique("group_id", keep="first", maintain_order=True).select("group_id", top="bidder_id")
    )  # fmt: skip
    won_by_top = (pl.col("winner") == pl.col("top")).any().over(lot).fill_null(False)
    lost, contest = pl.col("won").eq(False).fill_null(False), pl.col("contest")
    return (
        met.join(top, on="group_id", how="left")
        .with_columns(won_by_top.alias("to_top"), lost.alias("lost"))
        .group_by("group_id", "bidder_id")
        .agg(
            pl.len().cast(pl.Int64).alias("meetings"),
            contest.sum().cast(pl.Int64).alias("contests"),
            pl.col("won").fill_null(False).sum().cast(pl.Int64).alias("contest_wins"),
            pl.col("place").mean().alias("mean_position"),
            pl.when((pl.col("bidder_id") != pl.col("top")).first())
            .then(ratio(pl.col("to_top").filter("lost").sum(), (contest & pl.col("lost")).sum()))
            .alias("lost_to_top"),
            ratio((contest & pl.col("lost")).sum(), pl.col("lost").sum()).alias("lost_inside"),
        )
    )


def role() -> pl.Expr:
    """What a member mostly does, from `contests`, `contest_wins` and `lost_inside`."""
    share = pl.col("contest_wins") / pl.col("contests")
    return (
        pl.when(pl.col("contests").fill_null(0) < FEWEST).then(pl.lit("few contests"))
        .when(share >= 0.5).then(pl.lit("mostly wins"))
        .when(pl.col("lost_inside") < 0.5).then(pl.lit("loses mostly to others"))
        .when(share <= 0.1).then(pl.lit("mostly loses to members"))
        .otherwise(pl.lit("wins in turn"))
    )  # fmt: skip


def _centrality(sets: pl.DataFrame, affinity: pl.DataFrame) -> pl.DataFrame:
    """Degree, strength and betweenness of each member inside its group."""
    import networkx as nx

    pair = ["bidder_a", "bidder_b"]
    graph = affinity_graph(affinity.sort(*pair, "weight").group_by(pair).agg(pl.col("weight").max()))
    rows = []
    for (group,), members in sets.group_by("group_id", maintain_order=True):
        inside = affinity_subgraph(graph, members["bidder_id"])
        between = nx.betweenness_centrality(inside)
        strength = inside.degree(weight="weight")
        rows += [(group, firm, inside.degree[firm], strength[firm], between[firm]) for firm in inside]
    schema = {"group_id": pl.String, "bidder_id": pl.String, "links": pl.Int64, "strength": pl.Float64,
              "betweenness": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema, orient="row")
