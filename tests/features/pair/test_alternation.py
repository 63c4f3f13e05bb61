from collections.abc import Callable
from itertools import combinations, groupby
from typing import Any

import numpy as np
import pytest

from features.build import Build
from features.pair.alternation import many_runs
from records.tables import Market


def runs(sequence: str) -> int:
    return sum(1 for _ in groupby(sequence))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 5), (3, 3), (2, 6), (5, 4)])
def test_the_law_of_runs_equals_counting_all_orders(n: int, m: int) -> None:
    counts = [
        runs("".join("a" if i in chosen else "b" for i in range(n + m)))
        for chosen in combinations(range(n + m), n)
    ]
    asked = np.arange(1, n + m + 2)
    exact = [np.mean(np.array(counts) >= r) for r in asked]
    assert many_runs(asked, np.full(asked.size, n), np.full(asked.size, m)) == pytest.approx(exact)


def test_runs_of_long_histories_stay_probabilities() -> None:
    p = many_runs(np.array([1900, 1000, 20]), np.array([1000] * 3), np.array([1000] * 3))
    assert p[0] < 1e-100
    assert p[1] == pytest.approx(0.51, abs=0.02)
    assert p[2] == pytest.approx(1.0)


def test_series_follow_the_deadlines_of_tenders_that_one_of_the_two_won(
    as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    entries = []
    for t, winner in enumerate("abacbab"):
        entries += [entry(t, i, 10.0 + i, name == winner) for i, name in enumerate("abc")]
    rows = (
        Build(as_market(entries)).table("pair_alternation").collect().sort("bidder_a", "bidder_b").to_dicts()
    )
    assert [(r["n_won_by_pair"], r["win_runs"]) for r in rows] == [(6, 6), (4, 3), (4, 3)]
    assert rows[0]["win_alternation_p"] == pytest.approx(0.1)
    assert rows[1]["win_alternation_p"] == pytest.approx(0.5)


def test_tenders_without_a_deadline_have_no_order(
    as_market: Callable[..., Market], entry: Callable[..., Any]
) -> None:
    entries = [entry(t, f, 10.0 + f, f == t % 2) for t in range(4) for f in range(2)]
    row = Build(as_market(entries, dated=False)).table("pair_alternation").collect().to_dicts()[0]
    assert (row["n_won_by_pair"], row["win_runs"], row["win_alternation_p"]) == (0, None, None)
