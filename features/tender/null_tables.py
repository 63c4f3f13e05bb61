"""Quantiles of the screens under competition, simulated once: `python -m features.tender.null_tables`.

Competition here means bids that are independent draws from one normal distribution. A screen that neither
shift nor scale changes then depends on the number of bids alone, so one row of quantiles per number of
bids serves every market; read on logarithms, the same rows serve lognormal bids.

Against fresh draws shares are off by at most 0.008 up to 140 bids and 0.02 above, where rows lie far apart;
the thousandth at either end holds 0.7 to 1.2 thousandths.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

from features.segments import Counts, Floats
from features.tender.bid_matrix import screens_of, step_spread_of
from features.tender.closest_four import window_sd

DRAWS = 1_000_000
"""Simulated tenders per number of bids; nothing rarer than one in so many is told apart."""

COUNTS: Counts = np.array([*range(2, 31), 35, 40, 50, 65, 80, 100, 140, 200, 300])
"""Numbers of bids with rows of their own; between them shares are interpolated along log n."""

LEVELS: Floats = expit(np.linspace(logit(1 / DRAWS), logit(1 - 1 / DRAWS), 121))
"""Shares at which quantiles are kept: even on the log odds, so that both tails are as fine as the middle."""

FEWEST = {
    "relative_distance": 3,
    "normalised_distance": 3,
    "alternative_distance": 3,
    "skewness": 3,
    "kurtosis": 4,
    "ks": 3,
    "step_spread": 3,
    "gap": 2,
    "closest_four": 6,
}
"""Tables, and from how many bids each has rows. `gap` is between the two lowest, in deviations."""

POWER = {"closest_four": 4 / 3}
"""Tables that hold the screen times this power of the number of bids, so that rows differ little."""

PATH = Path(__file__).with_name("null_quantiles.npz")
_SEED = 6
_MEAN, _DEVIATION = 1000.0, 50.0
_AT_ONCE = 2_000_000


def competitive_bids(n: int, draws: int, rng: np.random.Generator) -> Floats:
    """Ascending bids of `draws` competitive tenders, shape (n, draws), about 1000 with deviation 50."""
    return np.sort(_MEAN + _DEVIATION * rng.standard_normal((draws, n)), axis=1).T


def null_screens(x: Floats) -> dict[str, Floats]:
    """Every tabulated screen of the bids of `competitive_bids`."""
    gap = {"gap": (x[1] - x[0]) / _DEVIATION}
    if len(x) == 2:
        return gap
    made = {**screens_of(x), "step_spread": step_spread_of(x), **gap}
    return made if len(x) < FEWEST["closest_four"] else {**made, "closest_four": _closest_four(x)}


def _closest_four(x: Floats) -> Floats:
    return np.asarray(window_sd(x).min(axis=0) / _DEVIATION * len(x) ** POWER["closest_four"])


def simulated(n: int) -> dict[str, Floats]:
    """Quantiles of each screen at `LEVELS` for n bids; the seed depends on n alone.

    The last element is the share of tenders that sit on the smallest value.
    """
    rng, each = np.random.default_rng([_SEED, n]), max(1, _AT_ONCE // n)
    sizes = [min(each, DRAWS - done) for done in range(0, DRAWS, each)]
    parts = [null_screens(competitive_bids(n, size, rng)) for size in sizes]
    place = np.rint(LEVELS * DRAWS).astype(np.int64) - 1
    found = {}
    for name in (name for name, fewest in FEWEST.items() if n >= fewest):
        drawn = np.sort(np.concatenate([p[name] for p in parts]))
        bound = np.searchsorted(drawn, drawn[0], side="right") / DRAWS
        found[name] = np.append(drawn[place], bound)
    return found


def write(counts: Sequence[int] | Counts = COUNTS, path: Path = PATH) -> None:
    """Simulate all rows and save them; a minute or two on one core."""
    rows = [simulated(int(n)) for n in counts]
    missing = np.full(LEVELS.size + 1, np.nan)
    tables = {name: np.array([row.get(name, missing) for row in rows]) for name in FEWEST}
    np.savez_compressed(path, allow_pickle=False, **tables)


@cache
def quantiles(name: str) -> Floats:
    """What `simulated` gives for one screen, a row per entry of `COUNTS`."""
    with np.load(PATH) as tables:
        return np.asarray(tables[name], dtype=np.float64)


def null_share(name: str, x: Floats, n: Counts) -> Floats:
    """Share of competitive tenders with n bids whose screen is at most x; NaN outside the table.

    Between quantiles the log odds are interpolated along x, between rows the quantiles along log n.
    Shares stay within 1/`DRAWS` of 0 and 1.

    >>> null_share("relative_distance", np.array([1.5, 1.5]), np.array([4, 10])).round(2).tolist()
    [0.66, 0.89]
    """
    found = np.full(x.size, np.nan)
    inside = np.flatnonzero(np.isfinite(x) & (n >= FEWEST[name]) & (n <= COUNTS[-1]))
    order = inside[np.argsort(n[inside].astype(np.int16), kind="stable")]
    sizes, start = np.unique(n[order], return_index=True)
    for size, at in zip(sizes.tolist(), np.split(order, start[1:]), strict=False):
        row = _row(name, size)
        odds = logit(np.maximum(LEVELS, row[-1]))
        found[at] = expit(np.interp(x[at] * size ** POWER.get(name, 0.0), row[:-1], odds))
    return found


def _row(name: str, n: int) -> Floats:
    """Quantiles for n bids, between the nearest rows where n has none."""
    table, place = quantiles(name), float(np.interp(np.log(n), np.log(COUNTS), np.arange(COUNTS.size)))
    low, weight = int(place), place % 1
    return np.asarray(table[low] if weight == 0 else table[low] + weight * (table[low + 1] - table[low]))


if __name__ == "__main__":
    write()
