"""Fisher's noncentral hypergeometric law: how many of all wins fall into one of two sets of tries."""

import numpy as np
from scipy.special import gammaln

from features.segments import Counts, Floats, Segments


def mean_and_tail(
    hits: Counts, here: Counts, elsewhere: Counts, total: Counts, odds: Floats
) -> tuple[Floats, Floats]:
    """Expected hits `here`, and P(X >= hits), given `total` hits in all of `here + elsewhere` tries.

    `odds` is how many times the odds of a hit here are those elsewhere; 1 gives the hypergeometric law
    (Fog 2008). All rows are summed together, term by term.

    >>> two, four = np.array([2]), np.array([4])
    >>> mean, tail = mean_and_tail(two, two, two, two, np.array([1.0]))
    >>> float(mean[0]), round(float(tail[0]), 6)
    (1.0, 0.166667)
    """
    least = np.maximum(0, total - elsewhere)
    cut = Segments(np.minimum(here, total) - least + 1)
    k = cut.spread(least) + cut.position
    of_here, of_elsewhere, rest = cut.spread(here), cut.spread(elsewhere), cut.spread(total) - k
    log = _log_choose(of_here, k) + _log_choose(of_elsewhere, rest) + k * np.log(cut.spread(odds))
    weight = np.exp(log - cut.spread(cut.max(log)))
    whole = cut.sum(weight)
    return cut.sum(weight * k) / whole, cut.sum(weight * (k >= cut.spread(hits))) / whole


def _log_choose(n: Counts, k: Counts) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
