"""Quartiles and fences, to the last digit as the published program has them."""

import math
from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


def quantile(values: Iterable[float] | Numbers, share: float) -> float:
    """Median-unbiased quantile (Hyndman and Fan 1996, type 8); NaN of nothing.

    Examples:
        >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5)
        2.5

    """
    numbers = np.fromiter(values, float) if not isinstance(values, np.ndarray) else values
    size = len(numbers)
    if not 0 <= share <= 1 or size == 0:
        return math.nan
    place = (size + 1 / 3) * share + 1 / 3
    below = int(place)
    if below <= 0 or share == 0:
        return float(numbers.min())
    if below >= size or share == 1:
        return float(numbers.max())
    low, high = np.partition(numbers, (below - 1, below))[below - 1 : below + 1].tolist()
    return float(low + (place - below) * (high - low))


def quartiles(values: Iterable[float] | Numbers) -> tuple[float, float]:
    """The first and the third quartile."""
    numbers = np.fromiter(values, float) if not isinstance(values, np.ndarray) else values
    return quantile(numbers, 0.25), quantile(numbers, 0.75)


def upper_fence(q1: float, q3: float) -> float:
    """Third quartile and one and a half interquartile ranges (Tukey 1977).

    Examples:
        >>> upper_fence(1.0, 3.0)
        6.0

    """
    return _beyond(q3, 1.5, q3 - q1)


def lower_fence(q1: float, q3: float) -> float:
    """First quartile less one and a half interquartile ranges (Tukey 1977).

    Examples:
        >>> lower_fence(1.0, 3.0)
        -2.0

    """
    return _beyond(q1, -1.5, q3 - q1)


def _beyond(edge: float, times: float, spread: float) -> float:
    """`edge + times * spread`, rounded once, as a fused multiply and add rounds."""
    if not (math.isfinite(edge) and math.isfinite(spread)):
        return edge + times * spread
    return float(Fraction(times) * Fraction(spread) + Fraction(edge))


def rounded(value: float) -> float | None:
    """Four decimals, halves away from zero; nothing for what is no number.

    Examples:
        >>> rounded(0.00005), rounded(float("nan"))
        (0.0001, None)

    """
    scaled = value * 10_000
    if not math.isfinite(scaled):
        return None
    whole = math.trunc(scaled)
    away = math.copysign(1, scaled) if abs(scaled - whole) >= 0.5 else 0
    return (whole + away) / 10_000
