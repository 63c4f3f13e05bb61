"""Upper tail of the binomial distribution, as SciPy's `binom.sf` gives it, without its seconds of import."""

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

from features.segments import Floats


def upper_tail(hits: npt.ArrayLike, tries: npt.ArrayLike, chance: npt.ArrayLike) -> Floats:
    """P(X >= hits) of so many tries at a chance each, by the incomplete beta function.

    1 for no hits whatever the chance, 0 for more hits than tries; else NaN where the chance is NaN.

    >>> upper_tail(np.array([0.0, 2.0, 3.0]), 2, 0.5).tolist()
    [1.0, 0.25, 0.0]
    """
    hits, tries = np.asarray(hits), np.asarray(tries)
    tail = betainc(np.maximum(hits, 1), np.maximum(tries - hits, 0) + 1, chance)
    return np.asarray(np.where(hits <= 0, 1.0, np.where(hits > tries, 0.0, tail)))
