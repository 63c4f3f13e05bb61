import numpy as np
import polars as pl
import pytest

from features.pair.strength import PRIOR, win_chances
from features.segments import Segments


def played(seed: int, strength: list[float], tenders: int = 400) -> tuple[pl.DataFrame, Segments]:
    rng, s = np.random.default_rng(seed), np.array(strength)
    bidder, won, n = [], [], []
    for _ in range(tenders):
        who = np.sort(rng.choice(s.size, int(rng.integers(2, s.size + 1)), replace=False))
        winner = rng.choice(who, p=s[who] / s[who].sum())
        bidder += who.tolist()
        won += (who == winner).tolist()
        n.append(who.size)
    return pl.DataFrame({"bidder": bidder, "won": won}), Segments(np.array(n))


def test_wins_equal_the_wins_expected_and_the_prior() -> None:
    entries, cut = played(1, [1.0, 2.0, 4.0, 8.0])
    chance, strength = win_chances(entries, cut)
    assert cut.sum(chance) == pytest.approx(np.ones(cut.n.size))
    for bidder in range(4):
        mine = entries["bidder"].to_numpy() == bidder
        s, wins = strength[mine][0], entries["won"].to_numpy()[mine].sum()
        assert wins + PRIOR == pytest.approx(chance[mine].sum() + 2 * PRIOR * s / (s + 1), abs=0.2)


def test_true_chances_are_found() -> None:
    true = np.array([1.0, 2.0, 4.0, 8.0])
    entries, cut = played(2, true.tolist(), 4000)
    own = true[entries["bidder"].to_numpy()]
    assert win_chances(entries, cut)[0] == pytest.approx(own / cut.spread(cut.sum(own)), abs=0.04)


def test_undecided_tenders_teach_nothing() -> None:
    entries, cut = played(3, [1.0, 5.0])
    more = pl.concat([entries, pl.DataFrame({"bidder": [0, 1], "won": [None, None]}, entries.schema)])
    chance, strength = win_chances(more, Segments(np.append(cut.n, 2)))
    assert strength[:-2] == pytest.approx(win_chances(entries, cut)[1])
    assert chance[-1] > chance[-2]
