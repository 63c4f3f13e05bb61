"""How long communities of a large market take: affinity graph, sub-markets and groups, as a whole process.

Run: `python benchmarks/communities.py --bidders 100000 --edges 1000000`. Circles of twenty firms enter
tenders of their own and some of a neighbour's, one circle in ten holds a ring of four, until about so many
different pairs have met; only then insignificant pairs are pruned. Prints the machine, wall and processor
seconds of the process and its peak memory, with and without pruning: the latter hands every pair that met
to NetworkX's Louvain.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

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
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for stage in ("pruned", "unpruned"):
        measure(arguments.bidders, arguments.edges, stage)


def measure(bidders: int, edges: int, stage: str) -> None:
    command = [sys.executable, __file__, "--stage", stage, "--bidders", str(bidders), "--edges", str(edges)]
    started = time.perf_counter()
    child = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)})
    _, status, used = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"stage {stage} failed")
    wall, cpu = time.perf_counter() - started, used.ru_utime + used.ru_stime
    print(f"{stage}: {wall:.1f} s wall, {cpu:.1f} s cpu, {used.ru_maxrss / 1024:.0f} MB, market included")


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
