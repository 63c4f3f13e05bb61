"""How long communities of a large market take: affinity graph, sub-markets and groups, as a whole process.

Run: `python -m benchmarks.communities --bidders 100000 --edges 1000000`. Circles of twenty firms enter
tenders of their own and some of a neighbour's, one circle in ten holds a ring of four, until about so many
different pairs have met; only then insignificant pairs are pruned. Prints the machine, wall and processor
seconds of the process and its peak memory, with and without pruning: the latter hands every pair that met
to NetworkX's Louvain.
"""

import argparse
import time
from typing import TYPE_CHECKING

from benchmarks.costs import machine, measure, python

if TYPE_CHECKING:
    from records.tables import Market

CIRCLE, FIRMS_IN_TENDER, RING = 20, 6, 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bidders", type=int, default=100_000)
    parser.add_argument("--edges", type=int, default=1_000_000)
    parser.add_argument("--stage", choices=("pruned", "unpruned"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.stage:
        run(arguments.bidders, arguments.edges, arguments.stage == "pruned")
        return
    print(machine())
    for stage in ("pruned", "unpruned"):
        timed(arguments.bidders, arguments.edges, stage)


def timed(bidders: int, edges: int, stage: str) -> None:
    asked = ("--stage", stage, "--bidders", bidders, "--edges", edges)
    cost = measure(python("benchmarks.communities", *asked))
    print(f"{stage}: {cost.wall:.1f} s wall, {cost.cpu:.1f} s cpu, {cost.peak_mb:.0f} MB, market included")


def run(bidders: int, edges: int, pruned: bool) -> None:
    import networkx as nx

    from features.build import Build
    from features.graph import affinity_graph

    build = Build(_market(bidders, edges))
    met = build.table("joint_bids").select("pair").unique().collect().height
    started = time.perf_counter()
    if not pruned:
        graph = affinity_graph(build.table("co_bidding").select("bidder_a", "bidder_b").collect())
        found = nx.community.louvain_communities(graph, weight=None, seed=0)
        took = time.perf_counter() - started
        print(
            f"{met:,} pairs met, {graph.number_of_edges():,} twice; {len(found):,} communities, {took:.1f} s"
        )
        return
    kept, affinity = (build.table(name).collect().height for name in ("significant_pairs", "affinity"))
    groups = build.table("group_sets").collect()
    took = time.perf_counter() - started
    print(f"{met:,} pairs met, {kept:,} significant, {affinity:,} edges of affinity")
    print(f"{groups['group_id'].n_unique():,} groups of {groups.height:,} seats in {took:.1f} s")


def _market(bidders: int, edges: int) -> "Market":
    import numpy as np
    import polars as pl

    from records.tables import market_of

    rng, circles = np.random.default_rng(0), bidders // CIRCLE
    per_circle = max(20, round(edges / circles / 6))
    tenders = circles * per_circle
    circle = np.arange(tenders) % circles
    firms = rng.random((tenders, CIRCLE)).argsort(axis=1)[:, :FIRMS_IN_TENDER]
    ringed = (circle % 10 == 0) & (rng.random(tenders) < 0.25)
    firms[ringed, :RING] = np.arange(RING)
    firm = (circle[:, None] * CIRCLE + firms) % (circles * CIRCLE)
    visitor = rng.random(firm.shape) < 0.02
    firm = np.where(visitor, (firm + CIRCLE) % (circles * CIRCLE), firm)
    tender = np.repeat(np.arange(tenders), FIRMS_IN_TENDER)
    text = [pl.format("T{}", "tender").alias("tender_id"), pl.format("F{}", "firm").alias("bidder_id")]
    bids = pl.DataFrame({"tender": tender, "firm": firm.ravel()}).unique(maintain_order=True)
    amount = pl.Series(rng.integers(1000, 2000, bids.height))
    bids = bids.select(*text, pl.format("{}-{}", "tender", "firm").alias("bid_id"), amount.alias("amount"))
    lots = pl.select(pl.format("T{}", pl.int_range(tenders)).alias("tender_id")).with_columns(
        category=pl.lit(pl.Series(circle // 50).cast(pl.String))
    )
    frames = {
        name: f.with_columns(batch_id=pl.lit("b")) for name, f in {"tenders": lots, "bids": bids}.items()
    }
    return market_of(**frames)


if __name__ == "__main__":
    main()
