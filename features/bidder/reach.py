"""How concentrated a firm's events would be, had chance placed them, and how many places were in reach.

A firm has m events in each of several cells, and a cell spreads its tenders over places by known shares.
What is due to a place is the sum of m times share; its squares summed over places are the quadratic form of
m with the cells' overlaps, so that no row is made for a firm and a place.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from features.segments import Counts, Floats

AT_ONCE = 4_000_000
"""Numbers of a temporary matrix: rows of firms are taken in portions of about so many."""

_DENSE = 0.1
"""Cells of which so many overlap are cheaper as a full matrix."""


def squares_due(events: csr_array, shares: csr_array) -> Floats:
    """Sum over places of the squared number of events due there, one per firm.

    `events` is firms by cells, `shares` cells by places.

    >>> events = csr_array(np.array([[2.0, 1.0]]))
    >>> shares = csr_array(np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]))
    >>> float(squares_due(events, shares)[0]) == 1.0**2 + 1.5**2 + 0.5**2
    True
    """
    overlap = csr_array(shares @ shares.T)
    cells = overlap.shape[0]
    factor = overlap.toarray() if overlap.nnz > _DENSE * cells * cells else overlap
    parts = [some.multiply(some @ factor).sum(axis=1) for some in _portions(events, cells)]
    return np.concatenate([np.zeros(0), *(np.asarray(part).ravel() for part in parts)])


def places_in_reach(events: csr_array, shares: csr_array) -> Counts:
    """Places with a share in some cell of the firm, one per firm: a union of sets of bits.

    >>> events = csr_array(np.array([[2.0, 1.0], [3.0, 0.0]]))
    >>> shares = csr_array(np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]))
    >>> places_in_reach(events, shares).tolist()
    [3, 2]
    """
    found = np.zeros(events.shape[0], np.int64)
    by_place = shares.tocsc()
    step = 8 * max(1, AT_ONCE // max(1, shares.shape[0]))
    for first in range(0, shares.shape[1], step):
        here = by_place[:, first : first + step].toarray() > 0
        found += _united(events, np.packbits(here, axis=1))
    return found


def _united(events: csr_array, bits: npt.NDArray[np.uint8]) -> Counts:
    """Bits set in any cell of a firm; every firm has a cell."""
    counts = [
        np.bitwise_count(np.bitwise_or.reduceat(bits[some.indices], some.indptr[:-1], axis=0)).sum(axis=1)
        for some in _portions(events, bits.shape[1])
    ]
    return np.concatenate([np.zeros(0, np.int64), *counts]).astype(np.int64)


def _portions(events: csr_array, width: int) -> Iterator[csr_array]:
    """Consecutive firms with about `AT_ONCE / width` cells together."""
    most = max(1, AT_ONCE // max(1, width))
    edges = np.unique(np.searchsorted(events.indptr, np.arange(0, events.nnz + most, most)))
    edges = np.unique(np.append(edges.clip(max=events.shape[0]), (0, events.shape[0])))
    for first, last in pairwise(edges.tolist()):
        yield events[first:last]
