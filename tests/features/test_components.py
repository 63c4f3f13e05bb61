import networkx as nx
import numpy as np
import pytest

from features.components import components


@pytest.mark.parametrize("edges", [0, 1, 20, 60])
def test_the_components_are_those_of_networkx(edges: int) -> None:
    a, b = np.random.default_rng(edges).integers(0, 40, (2, edges))
    graph = nx.Graph()
    graph.add_nodes_from(range(40))
    graph.add_edges_from(zip(a.tolist(), b.tolist(), strict=True))

    found = components(a, b, 40)

    assert {frozenset(np.flatnonzero(found == k).tolist()) for k in range(found.max() + 1)} == {
        frozenset(part) for part in nx.connected_components(graph)
    }


def test_no_nodes_are_no_components() -> None:
    assert components(np.zeros(0, np.int64), np.zeros(0, np.int64), 0).size == 0
