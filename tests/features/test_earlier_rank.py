import numpy as np
import polars as pl
import pytest

from features.earlier_rank import at_most_before, place_before, rank_before
from features.segments import Segments


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_a_plain_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 30, 8)
    level, event = rng.integers(0, 256 if seed % 2 else 4, n.sum()), rng.random(n.sum()) < 0.6
    group = np.repeat(np.arange(8), n)
    slow = [
        int((event[:i] & (group[:i] == group[i]) & (level[:i] <= level[i])).sum()) for i in range(group.size)
    ]
    assert at_most_before(Segments(n), event, level).tolist() == slow


def test_what_is_known_at_the_same_moment_or_of_another_kind_does_not_count() -> None:
    events = pl.LazyFrame({"kind": ["A", "A", "B", None], "known_at": [1, 2, 1, 1], "level": [3, 3, 3, 3]})
    asked = pl.LazyFrame(
        {"tender_id": ["T", "U"], "kind": ["A", None], "deadline_at": [2, 2], "level": [3, 3]}
    )
    assert rank_before(asked, events, by="kind").collect().rows() == [("T", 1, 1)]


def test_the_finest_kind_with_enough_earlier_tenders_counts() -> None:
    lots = pl.LazyFrame(
        {
            "tender_id": list("ABCDE"), "deadline_at": range(5), "known_at": range(5),
            "level": [7, 3, 5, 4, 9],
            "fine": ["x", "x", "x", "y", "y"], "coarse": "all",
        }
    )  # fmt: skip
    placed = place_before(lots, lots, ["fine", "coarse"], enough=2).sort("tender_id").collect()
    assert placed["kind"].to_list() == [None, None, 0, 1, 1]
    assert placed["earlier"].to_list() == [None, None, 2, 3, 4]
    assert placed["place"].to_list() == [None, None, 2 / 3, 2 / 4, 5 / 5]
