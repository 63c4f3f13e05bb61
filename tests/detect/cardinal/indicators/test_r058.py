from collections.abc import Callable
from typing import Any

Made = Callable[..., Any]


def test_gaps_at_the_fence_are_flagged_with_the_winner(release: Made, judge: Made) -> None:
    market = [release(f"o{i}", f"W{i} 100, L 1{i}0", f"W{i}") for i in (4, 5, 6)]
    found = judge("[R058]; threshold = 0.5", *market)
    assert found.groups == {
        "OCID": {"o5": {"R058": 0.5}, "o6": {"R058": 0.6}},
        "Tenderer": {"W5": {"R058": 0.0}, "W6": {"R058": 0.0}},
    }
    assert found.maps["ocid_tenderer_r058"] == {"o5": ["W5"], "o6": ["W6"]}
    assert found.meta == {"R058": {"upper_fence": 0.5}}


def test_the_fence_comes_from_the_quartiles_of_all_gaps(release: Made, judge: Made) -> None:
    market = [release(f"o{i}", f"W 100, L {100 + i}", "W") for i in (1, 2, 3, 4, 5, 6, 7, 30)]
    found = judge("[R058]", *market)
    assert found.meta == {"R058": {"q1": 0.0242, "q3": 0.0658, "upper_fence": 0.1283}}
    assert found.groups["OCID"] == {"o30": {"R058": 0.3}}


def test_silent_where_most_gaps_are_zero(release: Made, judge: Made) -> None:
    market = [release(f"o{i}", "W 100, L 100", "W") for i in range(9)]
    assert judge("[R058]", *market, release("x", "W 100, L 200", "W")).groups == {}
