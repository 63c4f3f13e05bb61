import random
from collections.abc import Callable

import networkx as nx
import polars as pl
import pytest

from features.build import Build
from features.group.communities import communities, percolated
from records.tables import Market, market_of


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("density", [0.05, 0.12, 0.3])
def test_percolated_triangles_equal_networkx(seed: int, density: float) -> None:
    graph = nx.gnp_random_graph(40, density, seed=seed)
    expected = nx.community.k_clique_communities(graph, 3)
    assert sorted(map(sorted, percolated(graph))) == sorted(map(sorted, expected))


def test_a_firm_may_sit_in_two_groups() -> None:
    graph = nx.Graph([*["AB", "BC", "CA"], *["CD", "DE", "EC"]])
    assert communities(graph) == [frozenset("ABC"), frozenset("CDE")]


def test_large_groups_are_cut() -> None:
    graph = nx.ring_of_cliques(6, 5)
    chained = nx.relabel_nodes(nx.compose(graph, nx.Graph([(4, 6), (9, 11), (14, 16)])), "{:02}".format)
    found = communities(chained, largest=7)
    assert max(map(len, found)) <= 7
    assert set().union(*found) == set(chained)


def test_order_of_edges_does_not_show() -> None:
    edges = [(f"F{a}", f"F{b}", 1.0 + (a * b) % 3) for a, b in nx.gnp_random_graph(40, 0.25, seed=5).edges]
    found = []
    for seed in range(3):
        random.Random(seed).shuffle(edges)
        graph = nx.Graph()
        graph.add_weighted_edges_from(edges)
        found.append(communities(graph, largest=6))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("seed", range(4))
def test_a_planted_ring_is_found_and_little_else(seed: int, make_ring_market: Callable[..., Market]) -> None:
    ring = ("F03", "F11", "F17", "F29")
    sets = Build(make_ring_market(seed, ring=(3, 11, 17, 29))).table("group_sets").collect()
    groups = sets.group_by("group_id").agg(pl.col("bidder_id").sort())["bidder_id"].to_list()
    assert list(ring) in groups
    assert len(groups) <= 2


def test_firms_that_meet_by_chance_are_no_group(make_ring_market: Callable[..., Market]) -> None:
    found = [Build(make_ring_market(seed)).table("group_sets").collect().height for seed in range(4)]
    assert found == [0, 0, 0, 0]


def test_a_market_without_bids_has_no_group() -> None:
    assert Build(market_of()).table("group_sets").collect().is_empty()
