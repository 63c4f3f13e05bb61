from collections.abc import Callable
from typing import Any

import pytest
from scipy.stats import binom

from detect.rule import Rule
from detect.rules.q.q06_lowest_apart import lowest_apart as rule

APART = {
    "n_valid": 5, "relative_distance": 3.4, "relative_distance_null": 0.95, "losers_sd": 1.0,
    "relative_distance_place": 0.05,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (APART, "hit INFO"),
        ({**APART, "relative_distance_null": 0.9499}, "clear"),
        ({**APART, "relative_distance_null": None}, "not_evaluable"),
        ({**APART, "relative_distance_place": 0.0501}, "clear"),
        ({**APART, "relative_distance_place": None}, "not_evaluable"),
        ({**APART, "relative_distance_null": 0.9, "relative_distance_place": None}, "clear"),
        ({**APART, "n_valid": 4}, "hit INFO"),
        ({**APART, "n_valid": 3}, "not_applicable"),
        ({**APART, "losers_sd": 0.0}, "not_applicable"),
        ({**APART, "mechanism": "scored"}, "hit INFO"),
        ({**APART, "mechanism": None}, "hit INFO"),
        ({**APART, "mechanism": "mean_benchmark"}, "not_applicable"),
        ({**APART, "mechanism": "lottery"}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_share=0.99), **APART) == "clear"
    assert verdict(rule.with_limits(max_place=0.01), **APART) == "clear"


def test_competitive_tenders_are_hits_at_most_as_often_as_the_limit_says(
    rates: Callable[[Rule], tuple[int, int]],
) -> None:
    hits, judged = rates(rule)
    assert judged > 500
    assert hits <= binom.isf(1e-4, judged, 0.05)
