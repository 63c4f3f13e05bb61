from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.x.x06a_evaluation_too_fast import evaluation_too_fast as rule

FAST = {"evaluation_minutes_per_bid": 2.9, "median_bid_pages": 201}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (FAST, "hit YELLOW"),
        ({**FAST, "evaluation_minutes_per_bid": 3.0}, "clear"),
        ({**FAST, "median_bid_pages": 200}, "clear"),
        ({**FAST, "median_bid_pages": None}, "not_evaluable"),
        ({"evaluation_minutes_per_bid": 40.0}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_minutes=2.0), **FAST) == "clear"
