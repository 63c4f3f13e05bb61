from collections.abc import Callable
from typing import Any

import pytest

Made = Callable[..., Any]
SETTINGS = "no_price_comparison_procurement_methods = N; [R058]; threshold = 0.01"


@pytest.mark.parametrize(
    ("bids", "awards", "gap"),
    [
        ("W 100, L 150, M 200", "W", 0.5),
        ("W 120, W 100, L 150", "W", 0.5),
        ("W 100, L 150 disqualified, M 200", "W", 1.0),
        ("W 100, L+M 150, N 300", "W", 2.0),
        ("W 100, L 150 valid EUR, M 200", "W", 1.0),
        ("W 100, L 150", "W, X cancelled, Y unsuccessful", 0.5),
        ("W 100, L 90", "W", None),
        ("W 100", "W", None),
        ("L 150", "W", None),
        ("W 100, L 150", "W pending", None),
        ("W 100, L 150", "W, X pending", None),
        ("W 100, L 150", "W, L", None),
        ("W 100, L 150", "W+L", None),
        ("W 100, L 150", "", None),
    ],
)
def test_the_gap_is_between_the_winner_and_the_lowest_other(
    bids: str, awards: str, gap: float | None, release: Made, judge: Made
) -> None:
    found = judge(SETTINGS, release("a", bids, awards)).groups
    expected = {"OCID": {"a": {"R058": gap}}, "Tenderer": {"W": {"R058": 0.0}}}
    assert found == (expected if gap is not None else {})


def test_prices_that_may_not_be_compared_have_no_gap(release: Made, judge: Made) -> None:
    made = release("a", "W 100, L 150", "W", tender={"procurementMethodDetails": "N"})
    assert judge(SETTINGS, made).groups == {}


def test_a_gap_above_a_price_of_zero_is_no_number_in_json(release: Made, judge: Made) -> None:
    both = release("a", "W 0, L 0", "W"), release("b", "W 0, L 1", "W")
    found = judge("[R058]", *both)
    assert found.meta == {"R058": {"q1": None, "q3": None, "upper_fence": None}}
    assert b'{"OCID":{"b":{"R058":null}}' in judge("[R058]; threshold = 1", *both).json()
