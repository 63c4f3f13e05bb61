from collections.abc import Callable
from typing import Any

import pytest
from scipy.stats import binom

from detect.rule import Rule
from detect.rules.q.q15_close_subset import close_subset as rule

FOUR = {
    "n_valid": 6, "closest_four": 0.02, "dispersion_tenders": 60, "closest_four_null": 0.01,
    "lowest_bid": 100.0, "highest_bid": 120.0,
    "tie_chance": 0.05, "dispersion_borrowed": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (FOUR, "hit INFO"),
        ({**FOUR, "closest_four_null": 0.0101}, "clear"),
        ({**FOUR, "closest_four_null": None}, "not_evaluable"),
        ({**FOUR, "n_valid": 5}, "not_applicable"),
        ({**FOUR, "highest_bid": 100.0}, "not_applicable"),
        ({**FOUR, "tie_chance": 0.051}, "not_applicable"),
        ({**FOUR, "dispersion_borrowed": True}, "not_applicable"),
        ({**FOUR, "mechanism": "scored"}, "hit INFO"),
        ({**FOUR, "mechanism": None}, "hit INFO"),
        ({**FOUR, "mechanism": "mean_benchmark"}, "not_applicable"),
        ({**FOUR, "mechanism": "rate"}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_share=0.005), **FOUR) == "clear"


def test_competitive_tenders_are_hits_at_most_as_often_as_the_limit_says(
    rates: Callable[[Rule], tuple[int, int]],
) -> None:
    hits, judged = rates(rule)
    assert judged > 300
    assert hits <= binom.isf(1e-4, judged, 0.01)
