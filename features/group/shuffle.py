"""Random order within consecutive groups of rows."""

import numpy as np

from features.segments import Counts, Segments


def shuffled(cut: Segments, rng: np.random.Generator) -> Counts:
    """Row numbers in an order that is random within each group and leaves the groups in place.

    >>> order = shuffled(Segments(np.array([2, 3])), np.random.default_rng(0))
    >>> sorted(order[:2].tolist()), sorted(order[2:].tolist())
    ([0, 1], [2, 3, 4])
    """
    group = cut.spread(np.arange(cut.n.size, dtype=np.float64))
    return np.argsort(group + rng.random(group.size))
