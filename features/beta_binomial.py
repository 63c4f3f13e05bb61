"""How likely so many hits are among a firm's tries, when firms differ by nature."""

import numpy as np

from features import binomial
from features.segments import Floats

LEAST_SPREAD = 1e-6
"""Below this correlation of two tries of one firm, the law is the binomial."""


def rates_of_others(hits: Floats, tries: Floats, group_hits: Floats, group_tries: Floats) -> Floats:
    """Share of hits among the tries of everybody else in the group, half a hit added to either side.

    >>> rates_of_others(*(np.array([x]) for x in (5.0, 10.0, 8.0, 39.0))).round(4).tolist()
    [0.1167]
    """
    return (group_hits - hits + 0.5) / (group_tries - tries + 1)


def spread_of_others(hits: Floats, tries: Floats, rate: Floats) -> Floats:
    """Correlation of two tries of one firm, by moments over all other firms; never below 0.

    Under the beta-binomial law Var(hits) = n m (1 - m) (1 + (n - 1) rho), so that the squared deviations
    beyond the binomial, over n (n - 1) m (1 - m), summed over firms, give rho (Williams 1982).
    """
    within = rate * (1 - rate)
    beyond = (hits - tries * rate) ** 2 - tries * within
    scale = tries * (tries - 1) * within
    left = scale.sum() - scale
    found = np.divide(beyond.sum() - beyond, left, out=np.zeros_like(left), where=left > 0)
    return np.asarray(found.clip(0, 0.95))


def upper_tail(hits: Floats, tries: Floats, rate: Floats, spread: Floats) -> Floats:
    """P(X >= hits) of the beta-binomial law with mean `rate` and correlation `spread`.

    >>> one = [np.array([x]) for x in (2.0, 2.0, 0.5)]
    >>> upper_tail(*one, np.array([0.0])).tolist(), upper_tail(*one, np.array([0.5])).round(4).tolist()
    ([0.25], [0.375])
    """
    from scipy.stats import betabinom  # only here, since it takes a second to load

    weight = 1 / np.maximum(spread, LEAST_SPREAD) - 1
    spread_out = betabinom.sf(hits - 1, tries, rate * weight, (1 - rate) * weight)
    return np.asarray(np.where(spread > LEAST_SPREAD, spread_out, binomial.upper_tail(hits, tries, rate)))
