"""Tenders that hang together through their bidders: what is drawn as one in a bootstrap."""

import networkx as nx
import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]

GIANT = 0.5
"""Share of the tenders from which a connected component says nothing and is cut into communities."""


def communities(bidders: pl.Series, seed: int = 0) -> Ints:
    """The cluster of every tender from the list of its bidders.

    Connected components where they cut the market; where one holds more than half of the tenders,
    Louvain communities of the graph of tenders and bidders, an entry weighing 1 over the tender's size.

    >>> communities(pl.Series([["a", "b"], ["b"], ["c"], ["d"]])).tolist()
    [0, 0, 1, 2]
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(len(bidders)))
    for tender, firms in enumerate(bidders):
        graph.add_weighted_edges_from((tender, f, 1 / len(firms)) for f in (() if firms is None else firms))
    found = [set(part) for part in nx.connected_components(graph)]
    if max(sum(isinstance(n, int) for n in part) for part in found) > GIANT * len(bidders):
        found = nx.community.louvain_communities(graph, seed=seed)
    first = sorted(min(t) for part in found if (t := [n for n in part if isinstance(n, int)]))
    of_first = {
        n: part for part in found if (n := min((n for n in part if isinstance(n, int)), default=-1)) >= 0
    }
    cluster = np.zeros(len(bidders), np.int64)
    for number, n in enumerate(first):
        cluster[[t for t in of_first[n] if isinstance(t, int)]] = number
    return cluster
