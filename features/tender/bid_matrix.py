"""Screens of many sets of bids that all have the same size: one array operation for all of them.

The formulas are those of `screens`, which serves tenders of any size; here bids run along the first axis,
so that a set of three needs three long rows rather than many short ones. NaN stands for undefined.
"""

import numpy as np

from features.segments import Floats

SCREENS = (
    "cv",
    "spread",
    "gap_ratio",
    "relative_distance",
    "normalised_distance",
    "alternative_distance",
    "skewness",
    "kurtosis",
    "ks",
)
"""What `screens_of` computes; kurtosis only from four bids."""


def screens_of(x: Floats) -> dict[str, Floats]:
    """Screens of sets of k >= 3 positive bids, `x` of shape (k, ...) and ascending along the first axis.

    >>> found = screens_of(np.array([[100.0], [110.0], [130.0]]))
    >>> {name: round(float(value[0]), 3) for name, value in found.items()}["normalised_distance"]
    0.667
    """
    k, low, gap = len(x), x[0], x[1] - x[0]
    span, losers_span = x[-1] - low, x[-1] - x[1]
    mean, sd = _mean_and_sd(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "cv": sd / mean,
            "spread": span / low,
            "gap_ratio": gap / low,
            "relative_distance": _over(gap, _mean_and_sd(x[1:])[1]),
            "normalised_distance": _over(gap * (k - 1), span),
            "alternative_distance": _over(gap * (k - 2), losers_span),
            **_shape((x - mean) / np.where(sd > 0, sd, np.nan)),
            "ks": _distance_from_even((x - low) / np.where(span > 0, span, np.nan)),
        }


def step_spread_of(x: Floats) -> Floats:
    """Largest deviation of a step from the mean step, over the mean step (rules Q02)."""
    mean = (x[-1] - x[0]) / (len(x) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _over(np.abs(np.diff(x, axis=0) - mean).max(axis=0), mean)


def _shape(z: Floats) -> dict[str, Floats]:
    """Bias-corrected skewness G1 and excess kurtosis G2 of standardised bids."""
    k, square = len(z), z * z
    found = {"skewness": (square * z).sum(axis=0) * (k / ((k - 1) * (k - 2)))}
    if k > 3:
        scale = k * (k + 1) / ((k - 1) * (k - 2) * (k - 3))
        offset = 3 * (k - 1) ** 2 / ((k - 2) * (k - 3))
        found["kurtosis"] = (square * square).sum(axis=0) * scale - offset
    return found


def _distance_from_even(scaled: Floats) -> Floats:
    """Largest distance of bids, scaled to 0..1, from even spacing."""
    k = len(scaled)
    furthest = np.maximum(1 / k - scaled[0], scaled[0])
    for i in range(1, k):
        furthest = np.maximum(furthest, np.maximum((i + 1) / k - scaled[i], scaled[i] - i / k))
    return np.asarray(furthest)


def _mean_and_sd(x: Floats) -> tuple[Floats, Floats]:
    """Mean and sample deviation; equal bids deviate by exactly zero."""
    mean = x.mean(axis=0)
    deviation = x - mean
    sd = np.sqrt((deviation * deviation).sum(axis=0) / (len(x) - 1))
    return mean, np.where(x[-1] > x[0], sd, 0.0)


def _over(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / whole, np.nan)
