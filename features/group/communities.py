"""Groups of bidders that keep company, overlapping: a firm may sit in several.

Clique percolation (Palla, Derényi, Farkas and Vicsek 2005) with k = 3 within each sub-market: two triangles
that share an edge belong together. Edges that close no triangle, as chance leaves them, found no group.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from features.catalogue import frame
from features.graph import affinity_graph

if TYPE_CHECKING:
    import networkx as nx

LARGEST = 12
"""A percolated group of more firms is cut by Louvain, since triangles chain."""

Members = frozenset[str]


@frame
def group_sets(affinity: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group and member: `group_id, bidder_id, submarket`.

    The same set of firms in several sub-markets is one group, named after the first.
    """
    edges = affinity.collect()
    found: dict[Members, str] = {}
    for (submarket,), part in sorted(edges.group_by("submarket"), key=lambda cell: str(cell[0][0])):
        for members in communities(affinity_graph(part)):
            found.setdefault(members, str(submarket))
    rows = [(group_id(m), firm, place) for m, place in found.items() for firm in sorted(m)]
    schema = {"group_id": pl.String, "bidder_id": pl.String, "submarket": pl.String}
    return pl.DataFrame(rows, schema, orient="row").sort("group_id", "bidder_id").lazy()


def group_id(members: Iterable[str]) -> str:
    """A name that depends on the members alone, whatever else is in the market.

    >>> group_id({"B", "A", "C"}) == group_id(["A", "B", "C"])
    True
    """
    joined = "\n".join(sorted(members))
    return f"G{hashlib.sha256(joined.encode()).hexdigest()[:12]}"


def communities(graph: "nx.Graph", largest: int = LARGEST, seed: int = 0) -> list[Members]:
    """Percolated triangles of a graph, those of more than `largest` firms cut by Louvain.

    >>> import networkx as nx
    >>> sorted(map(sorted, communities(nx.Graph(["AB", "BC", "CA", "CD", "DE", "EC", "EF"]))))
    [['A', 'B', 'C'], ['C', 'D', 'E']]
    """
    found = {piece for group in percolated(graph) for piece in _cut(graph, group, largest, seed)}
    return sorted(found, key=sorted)


def _cut(graph: "nx.Graph", group: Members, largest: int, seed: int) -> Iterator[Members]:
    if len(group) <= largest:
        yield group
        return
    import networkx as nx

    inside = affinity_subgraph(graph, group)
    for part in nx.community.louvain_communities(inside, weight="weight", seed=seed):
        if 3 <= len(part) < len(group):
            yield from _cut(graph, frozenset(part), largest, seed)
        elif len(part) == len(group):
            yield group


def affinity_subgraph(graph: "nx.Graph", members: Iterable[str]) -> "nx.Graph":
    """The graph among some firms, copied in the order of their names."""
    import networkx as nx

    names = sorted(members)
    inside = nx.Graph()
    inside.add_nodes_from(names)
    kept = set(names)
    inside.add_edges_from(
        (a, b, graph.edges[a, b]) for a in names for b in sorted(graph[a]) if a < b and b in kept
    )
    return inside


def percolated(graph: "nx.Graph") -> list[Members]:
    """Unions of triangles that hang together by shared edges; equals clique percolation with k = 3.

    Each triangle is found once, from its first corner by degree, and joins its three edges, so cost grows
    with triangles, not with cliques.
    """
    import networkx as nx

    rank = {node: place for place, node in enumerate(sorted(graph, key=lambda n: (graph.degree[n], n)))}
    above = {node: {other for other in graph[node] if rank[other] > rank[node]} for node in graph}
    edges = nx.utils.UnionFind()
    for node, later in above.items():
        for a, b in combinations(sorted(later, key=rank.__getitem__), 2):
            if b in above[a]:
                edges.union((node, a), (node, b), (a, b))
    return [frozenset(node for edge in joined for node in edge) for joined in edges.to_sets()]
