"""Demand as bidders face it: how often a changed bid would have won, and within what limits that is known."""

import numpy as np
import polars as pl
from scipy.special import ndtri

from features.segments import Counts, Floats


def wins(used: pl.DataFrame, changes: tuple[float, ...]) -> Floats:
    """Whether each bid, changed, would win; half for a tie. One column per change."""
    changed = used["ratio"].to_numpy()[:, None] * (1 + np.array(changes))
    rival = used["rival"].to_numpy()[:, None]
    return np.asarray((changed < rival) + 0.5 * (changed == rival))


def tender_codes(used: pl.DataFrame) -> Counts:
    """Number of each bid's tender, from 0."""
    return (used["tender_id"].rank("dense") - 1).to_numpy().astype(np.int64)


def moments(changes: tuple[float, ...]) -> Floats:
    """Rows that bound demand from the side on which competition is hard to keep.

    Competition needs demand to rise little after a cut and to fall much after a rise.
    """
    own = np.eye(len(changes))
    zero = own[changes.index(0.0)]
    others = [own[i] for i, change in enumerate(changes) if change != 0]
    return np.array([zero, *(-row for row in others), *(zero - row for row in others)])


def limits(won: Floats, tender: Counts, rows: Floats, level: float) -> tuple[Floats, Floats]:
    """Upper limits of the moments: normal, and score (Wilson's, for a count spread over the bids)."""
    n = len(won)
    seen = rows @ won.mean(axis=0)
    apart = (won @ rows.T) - seen
    sums = np.array([np.bincount(tender, weights=column) for column in apart.T])
    error = np.sqrt((sums**2).sum(axis=1)) / n
    z = ndtri(1 - (1 - level) / len(rows))
    guarded = z * z / (2 * n) + z * np.sqrt(error**2 + (z / (2 * n)) ** 2)
    return seen + z * error, seen + guarded
