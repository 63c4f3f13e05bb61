"""Array types, segment arithmetic, and text made of digits without a Python loop."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Glyphs = npt.NDArray[np.uint8]


def mix(seed: int, *parts: npt.ArrayLike) -> npt.NDArray[np.uint64]:
    """Stable 64-bit hash of integers, element by element (splitmix64, Steele et al. 2014).

    >>> (mix(1, [5, 6]) == mix(1, [5, 6])).all(), (mix(1, [5]) == mix(2, [5])).any()
    (np.True_, np.False_)
    """
    state = np.asarray(np.uint64(seed * 0x9E3779B9 % 2**64))
    for part in parts:
        with np.errstate(over="ignore"):
            state = (state ^ np.asarray(part).astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return np.atleast_1d(state)


def below(hashed: npt.NDArray[np.uint64], limit: int) -> Ints:
    """Map hashes to integers in [0, limit)."""
    return (hashed % np.uint64(limit)).astype(np.int64)


def starts(group: Ints, n_groups: int) -> Ints:
    """Where each group begins in a sorted array, with the end appended: (n_groups + 1,)."""
    return np.searchsorted(group, np.arange(n_groups + 1))


def position(group: Ints) -> Ints:
    """0, 1, 2, ... within each run of a sorted array.

    >>> position(np.array([3, 3, 7, 7, 7]))
    array([0, 1, 0, 1, 2])
    """
    if group.size == 0:
        return np.zeros(0, np.int64)
    index = np.arange(group.size)
    first = np.r_[True, group[1:] != group[:-1]]
    return index - np.maximum.accumulate(np.where(first, index, 0))


def totals(group: Ints, values: npt.ArrayLike, n_groups: int) -> Floats:
    """Sum per group; groups without rows give 0."""
    return np.asarray(np.bincount(group, np.asarray(values, np.float64), minlength=n_groups), np.float64)


def lowest(group: Ints, values: Floats, n_groups: int) -> Floats:
    """Minimum per group; groups without rows give infinity."""
    out = np.full(n_groups, np.inf)
    np.minimum.at(out, group, values)
    return out


_DIGITS = np.frombuffer(b"0123456789ABCDEF", np.uint8)


def digits(values: npt.ArrayLike, width: int, base: int = 10) -> Glyphs:
    """Fixed-width digits, one row per value; higher digits are cut."""
    rest = np.asarray(values).astype(np.uint64)
    powers = np.array([base**k for k in range(width - 1, -1, -1)], np.uint64)
    return _DIGITS[(rest[:, None] // powers % np.uint64(base)).astype(np.int64)]


def text(*parts: str | Glyphs) -> pl.Series:
    """Join constant text and glyph columns row by row into one column of strings.

    >>> text("E", digits([7, 42], 3)).to_list()
    ['E007', 'E042']
    """
    n = next(part.shape[0] for part in parts if not isinstance(part, str))
    columns = [
        np.broadcast_to(np.frombuffer(part.encode(), np.uint8), (n, len(part)))
        if isinstance(part, str)
        else part
        for part in parts
    ]
    matrix = np.ascontiguousarray(np.hstack(columns))
    binary = pa.FixedSizeBinaryArray.from_buffers(pa.binary(matrix.shape[1]), n, [None, pa.py_buffer(matrix)])
    made: Any = pl.from_arrow(binary.cast(pa.binary()).cast(pa.string()))
    assert isinstance(made, pl.Series)
    return made
