"""Which nodes of a graph hang together, however indirectly."""

import numpy as np

from features.segments import Counts


def components(a: Counts, b: Counts, n: int) -> Counts:
    """The number of its connected component for each of `n` nodes, counted from 0; edges run from a to b.

    >>> components(np.array([0, 3]), np.array([2, 1]), 5).tolist()
    [0, 1, 0, 1, 2]
    """
    if not a.size:
        return np.arange(n)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components  # it loads scipy.linalg

    graph = coo_array((np.ones(a.size, dtype=np.int8), (a, b)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)
