from collections.abc import Callable
from typing import Any

import pytest

Made = Callable[..., Any]


@pytest.fixture
def market(release: Made) -> Callable[..., list[Any]]:
    def made(*seconds: float) -> list[Any]:
        return [release(f"o{i}", f"W{i} 100, L{i} {second}", f"W{i}") for i, second in enumerate(seconds)]

    return made


def test_gaps_at_the_fence_are_flagged_with_both_firms(market: Made, judge: Made) -> None:
    found = judge("[R024]; threshold = 0.5", *market(150, 150.01, 120))
    assert found.groups["OCID"] == {"o0": {"R024": 0.5}, "o2": {"R024": 0.2}}
    assert found.groups["Tenderer"] == {who: {"R024": 0.0} for who in ("W0", "L0", "W2", "L2")}
    assert found.maps["ocid_tenderer_r024"] == {"o0": ["L0", "W0"], "o2": ["L2", "W2"]}
    assert found.meta == {"R024": {"lower_fence": 0.5}}


def test_the_fence_comes_from_the_quartiles_of_all_gaps(market: Made, judge: Made) -> None:
    found = judge("[R024]", *market(101, *range(150, 159)))
    assert found.meta == {"R024": {"q1": 0.5092, "q3": 0.5608, "lower_fence": 0.4317}}
    assert found.groups["OCID"] == {"o0": {"R024": 0.01}}


def test_silent_where_the_first_quartile_is_zero(market: Made, judge: Made) -> None:
    assert judge("[R024]", *market(100, 100, 100, 100)).groups == {}
    assert judge("[R024]; threshold = 0", *market(100)).groups == {}


def test_equal_gaps_are_all_at_the_fence(market: Made, judge: Made) -> None:
    assert len(judge("[R024]", *market(150, 150, 150, 150)).groups["OCID"]) == 4
