from collections.abc import Callable
from typing import Any

import pytest
from scipy.stats import binom

from detect.rule import Rule
from detect.rules.q.q14_unusual_gap import unusual_gap as rule

GAP = {
    "n_valid": 4, "bid_gap_ratio": 0.001, "bid_gap_ratio_null": 0.01, "bid_gap_place": 0.02,
    "tie_chance": 0.05,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (GAP, "hit INFO"),
        ({**GAP, "bid_gap_ratio_null": 0.0101}, "clear"),
        ({**GAP, "bid_gap_ratio_null": 0.99}, "hit INFO"),
        ({**GAP, "bid_gap_ratio_null": 0.9899}, "clear"),
        ({**GAP, "bid_gap_ratio_null": None}, "not_evaluable"),
        ({**GAP, "bid_gap_place": 0.0201}, "clear"),
        ({**GAP, "bid_gap_place": None}, "not_evaluable"),
        ({**GAP, "n_valid": 2}, "hit INFO"),
        ({**GAP, "n_valid": 1}, "not_applicable"),
        ({**GAP, "bid_gap_ratio": 0.0}, "not_applicable"),
        ({**GAP, "tie_chance": 0.051}, "not_applicable"),
        ({**GAP, "mechanism": "scored"}, "hit INFO"),
        ({**GAP, "mechanism": None}, "hit INFO"),
        ({**GAP, "mechanism": "mean_benchmark"}, "not_applicable"),
        ({**GAP, "mechanism": "rate"}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(close=0.001), **GAP) == "clear"
    assert verdict(rule.with_limits(max_place=0.01), **GAP) == "clear"


def test_competitive_tenders_are_hits_about_as_often_as_the_limits_say(
    rates: Callable[[Rule], tuple[int, int]],
) -> None:
    hits, judged = rates(rule)
    assert judged > 500
    assert hits <= binom.isf(1e-4, judged, 0.02)
