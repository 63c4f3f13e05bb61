"""Reductions over consecutive runs of one array: per-group statistics without per-group work."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class Segments:
    """How an array is cut into consecutive groups, none of them empty.

    `n` is the length of each group. Methods reduce an array of all rows to one value per group,
    or spread one value per group over its rows.

    >>> cut = Segments(np.array([2, 3]))
    >>> cut.sum(np.array([1.0, 2.0, 3.0, 4.0, 5.0])).tolist(), cut.position.tolist()
    ([3.0, 12.0], [0, 1, 0, 1, 2])
    """

    n: Counts

    @cached_property
    def start(self) -> Counts:
        """Row at which each group begins."""
        return np.cumsum(self.n) - self.n

    @cached_property
    def position(self) -> Counts:
        """Place of each row within its group, from 0."""
        return np.arange(self.n.sum()) - self.spread(self.start)

    def spread(self, per_group: npt.NDArray[T]) -> npt.NDArray[T]:
        """Repeat each group's value over its rows."""
        return np.repeat(per_group, self.n)

    def sum(self, rows: Floats) -> Floats:
        """Sum of each group."""
        return np.add.reduceat(rows, self.start) if self.n.size else np.zeros(0)

    def count(self, rows: Bools) -> Counts:
        """Number of true rows of each group."""
        return self.sum(rows.astype(np.float64)).astype(np.int64)

    def max(self, rows: Floats) -> Floats:
        """Largest value of each group."""
        return np.maximum.reduceat(rows, self.start) if self.n.size else np.zeros(0)

    def min(self, rows: Floats) -> Floats:
        """Smallest value of each group."""
        return np.minimum.reduceat(rows, self.start) if self.n.size else np.zeros(0)

    def smallest(self, rows: Floats, k: Counts) -> Floats:
        """The k-th smallest value of each group, k from 1 to its length and one for each group.

        Groups of about one length are sorted as the rows of one table: a tenth of what ordering all rows
        at once costs.

        >>> cut = Segments(np.array([2, 3]))
        >>> cut.smallest(np.array([5.0, 4.0, 1.0, 3.0, 2.0]), np.array([1, 2])).tolist()
        [4.0, 2.0]
        """
        found = np.empty(self.n.size)
        padded = np.append(rows, np.inf)
        for groups, places in self._tables:
            table = np.sort(padded[places], axis=1)
            found[groups] = table[np.arange(groups.size), k[groups] - 1]
        return found

    @cached_property
    def _tables(self) -> list[tuple[Counts, Counts]]:
        """Groups by length, rounded up to powers of two: their numbers, and their rows with padding."""
        width = 1 << np.ceil(np.log2(np.maximum(self.n, 1))).astype(np.int64)
        made = []
        for w in np.unique(width):
            groups = np.flatnonzero(width == w)
            step = np.arange(w)
            inside = step < self.n[groups, None]
            made.append((groups, np.where(inside, self.start[groups, None] + step, int(self.n.sum()))))
        return made
