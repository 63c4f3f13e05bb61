"""How strong each bidder is, from who beat whom: a chance of winning that knows the rivals."""

import numpy as np
import polars as pl

from features.segments import Floats, Segments

ROUNDS = 60
"""Rounds of the fit; on simulated markets the chances had then settled to 1e-3."""

PRIOR = 0.5
"""Weight of an imagined win and loss of every bidder against an average one."""


def win_chances(entries: pl.DataFrame, cut: Segments) -> tuple[Floats, Floats]:
    """Chance that each entry wins its tender, and the bidder's strength.

    Bidder i of strength s_i wins against others of strengths s_k with chance s_i / (s_i + sum s_k) (Luce
    1959), fitted to all decided tenders by Hunter's (2004) algorithm. An imagined win and loss, of weight
    `PRIOR` each, against a bidder of strength 1 keep newcomers near the average. Equal strengths give one
    over the number of bidders.

    Args:
        entries: `bidder` and `won` (null in undecided tenders), tender by tender.
        cut: how the rows are cut into tenders.

    >>> entries = pl.DataFrame({"bidder": [0, 1, 0, 1], "won": [True, False, False, True]})
    >>> win_chances(entries, Segments(np.array([2, 2])))[0].tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    bidder = entries["bidder"].to_numpy()
    decided = entries["won"].is_not_null().to_numpy()
    won = entries["won"].fill_null(False).to_numpy()
    count = int(bidder.max()) + 1 if bidder.size else 0
    wins = np.bincount(bidder, won, count)
    strength = np.ones(count)
    for _ in range(ROUNDS):
        share = cut.spread(1 / cut.sum(strength[bidder])) * decided
        faced = np.bincount(bidder, share, count)
        strength = (wins + PRIOR) / (faced + 2 * PRIOR / (strength + 1))
    own = strength[bidder]
    return own / cut.spread(cut.sum(own)), own
