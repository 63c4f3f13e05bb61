from collections.abc import Callable
from typing import Any

import pytest

Made = Callable[..., Any]


def lost(times: int, release: Made) -> list[Any]:
    return [release(f"o{i}", f"F 1, F 2, W{i} 1", f"W{i}") for i in range(times)]


def test_a_firm_that_bids_much_and_wins_little_is_flagged(release: Made, judge: Made) -> None:
    market = [*lost(3, release), release("x", "F 1", "F")]
    found = judge("[R025]; threshold = 0.25", *market)
    assert found.groups == {"Tenderer": {"F": {"R025": 0.25}}}
    assert found.meta == {"R025": {"upper_fence": 2.75, "lower_fence": 0.25}}
    assert found.maps["ocid_tenderer"]["o0"] == ["F", "W0"]


@pytest.mark.parametrize(
    ("settings", "flagged"),
    [("threshold = 0.24", False), ("threshold = 0.25; percentile = 101", False), ("", False)],
)
def test_not_beyond_the_fence_nor_below_the_percentile(
    settings: str, flagged: bool, release: Made, judge: Made
) -> None:
    market = [*lost(3, release), release("x", "F 1", "F")]
    assert bool(judge(f"[R025]; {settings}", *market).groups) is flagged


@pytest.mark.parametrize(
    ("bids", "awards"),
    [("F 1 disqualified", "W"), ("F+G 1", "W"), ("F 1", "W, X"), ("F 1", "W+X"), ("F 1", "W pending")],
)
def test_only_lone_valid_bids_for_one_final_award_count(
    bids: str, awards: str, release: Made, judge: Made
) -> None:
    found = judge("[R025]; threshold = 1", release("a", bids, awards))
    assert found.meta == {"R025": {"upper_fence": None, "lower_fence": 1.0}}


def test_the_fence_comes_from_the_quartiles_of_all_shares(release: Made, judge: Made) -> None:
    market = [release(f"w{i}", f"W{i} 1, X 1", f"W{i}") for i in range(20)]
    found = judge("[R025]; percentile = 50", *market, release("y", "X 1", "X"))
    assert found.meta == {"R025": {"q1": 1.0, "q3": 1.0, "upper_fence": 1.0, "lower_fence": 1.0}}
    assert found.groups["Tenderer"]["X"] == {"R025": 1 / 21}
    assert len(found.groups["Tenderer"]) == 21
