"""Whether two bidders win by turns where one of them wins: a snapshot of a whole market."""

import numpy as np
import polars as pl
from scipy.special import gammaln

from features.catalogue import KEYS, Column, Grain, block, frame
from features.pair.meetings import Meetings
from features.segments import Bools, Counts, Floats

_COLUMNS = {
    "n_won_by_pair": Column("Joint dated tenders that one of the two won.", "由双方之一中标的次数",
                            "tenders"),
    "win_runs": Column("Unbroken series of wins of one side among these, in the order of deadlines.",
                       "连续中标的段数", "", "n_won_by_pair >= 1", "Wald and Wolfowitz 1940"),
    "win_alternation_p": Column(
        "Chance of so many series or more if the same wins of either side came in any order.",
        "轮流中标的偶然概率", "probability", "each side won at least one of these",
        "Wald and Wolfowitz 1940, exact"),
}  # fmt: skip


@frame
def pair_win_runs(
    pair_entries: pl.LazyFrame, pair_meetings: pl.LazyFrame, bidder_codes: pl.LazyFrame
) -> pl.LazyFrame:
    """The columns of `pair_alternation`, counted once."""
    entries, meetings = pair_entries.select("won", "deadline_at").collect(), Meetings.of(pair_meetings)
    won = (entries["won"] & entries["deadline_at"].is_not_null()).fill_null(False).to_numpy()
    a, b = won[meetings.first], won[meetings.second]
    by_a, by_b = meetings.cut.count(a), meetings.cut.count(b)
    runs = meetings.cut.count(_turns(meetings, a, b)) + (by_a + by_b > 0)
    p = np.where((by_a > 0) & (by_b > 0), many_runs(runs, by_a, by_b), np.nan)
    none = by_a + by_b == 0
    columns = {
        "n_won_by_pair": by_a + by_b,
        "win_runs": np.where(none, np.nan, runs),
        "win_alternation_p": p,
    }
    return meetings.named(columns, bidder_codes)


def _turns(meetings: Meetings, a: Bools, b: Bools) -> Bools:
    """True at each win of a pair whose last win before it was the other side's."""
    at = np.flatnonzero(a | b)
    pair = np.repeat(np.arange(meetings.cut.n.size), meetings.cut.n)[at]
    side = a[at]
    changed = np.zeros(a.size, dtype=np.bool_)
    changed[at[1:]] = (side[1:] != side[:-1]) & (pair[1:] == pair[:-1])
    return changed


@block(Grain.PAIR, _COLUMNS)
def pair_alternation(pair_win_runs: pl.LazyFrame) -> pl.LazyFrame:
    """One row per pair of bidders that met at least twice."""
    return pair_win_runs.select(*KEYS[Grain.PAIR], *_COLUMNS).cast({"win_runs": pl.Int64})


def many_runs(runs: Counts, of_a: Counts, of_b: Counts) -> Floats:
    """P(R >= runs) for random orders of `of_a` and `of_b` things of two kinds, both at least one.

    With n and m things, C(n-1, k-1) C(m-1, k-1) orders of each leading kind have 2k runs, and
    C(n-1, k) C(m-1, k-1) + C(n-1, k-1) C(m-1, k) have 2k + 1.

    >>> many_runs(np.array([4, 3]), np.array([2, 2]), np.array([2, 2])).round(4).tolist()
    [0.3333, 0.6667]
    """
    asked = np.column_stack([runs, np.minimum(of_a, of_b), np.maximum(of_a, of_b)])
    distinct, back = np.unique(asked, axis=0, return_inverse=True)
    r, few, more = (column.astype(np.float64) for column in distinct.T)
    total, most = np.zeros(r.size), np.where(few < more, 2 * few + 1, 2 * few)
    live = np.flatnonzero((few > 0) & (r <= most))
    while live.size:
        total[live] += _share(r[live], few[live], more[live])
        r[live] += 1
        live = live[r[live] <= most[live]]
    return np.minimum(total, 1.0)[back.ravel()]


def _share(runs: Floats, n: Floats, m: Floats) -> Floats:
    """P(R = runs)."""
    k, orders = runs // 2, _log_choose(n + m, n)
    equal = _log_choose(n - 1, k - 1) + _log_choose(m - 1, k - 1)
    first_more = _log_choose(n - 1, k) + _log_choose(m - 1, k - 1)
    last_more = _log_choose(n - 1, k - 1) + _log_choose(m - 1, k)
    odd = np.exp(first_more - orders) + np.exp(last_more - orders)
    return np.where(runs % 2 == 0, 2 * np.exp(equal - orders), odd)


def _log_choose(n: Floats, k: Floats) -> Floats:
    """Logarithm of the binomial coefficient, minus infinity outside 0..n."""
    inside = (k >= 0) & (k <= n)
    j = np.where(inside, k, 0)
    return np.where(inside, gammaln(n + 1) - gammaln(j + 1) - gammaln(n - j + 1), -np.inf)
