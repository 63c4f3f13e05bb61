"""Upper tail of the hypergeometric distribution for many pairs at once."""

import numpy as np
from scipy.special import gammaln

from features.segments import Floats


def upper_tail(joint: Floats, lots: Floats, of_a: Floats, of_b: Floats) -> Floats:
    """P(X >= joint): two bidders that enter `of_a` and `of_b` of `lots` lots at random meet so often.

    Terms are summed upward from `joint`, all pairs together, until none adds anything; SciPy's `hypergeom.sf`
    gives the same one pair at a time. `lots` need not be a whole number.

    >>> upper_tail(*(np.array([x]) for x in (2.0, 4.0, 2.0, 2.0))).round(6).tolist()
    [0.166667]
    """
    k = np.maximum(joint, np.ceil(np.maximum(0, of_a + of_b - lots)))
    term = np.exp(_log_choose(of_a, k) + _log_choose(lots - of_a, of_b - k) - _log_choose(lots, of_b)) * (
        k <= np.minimum(of_a, of_b)
    )
    total, peak = term.copy(), (of_a + 1) * (of_b + 1) / (lots + 2)
    live = np.flatnonzero(k < np.minimum(of_a, of_b))
    while live.size:
        a, b, n, at = of_a[live], of_b[live], lots[live], k[live]
        term[live] *= (a - at) * (b - at) / ((at + 1) * (n - a - b + at + 1))
        total[live] += term[live]
        k[live] += 1
        adds = (term[live] > total[live] * 1e-17) | (k[live] < peak[live])
        live = live[adds & (k[live] < np.minimum(a, b))]
    return np.asarray(np.minimum(total, 1.0))


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
