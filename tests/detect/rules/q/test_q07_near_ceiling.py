from collections.abc import Callable
from typing import Any

import pytest
from scipy.stats import binom

from detect.rule import Rule
from detect.rules.q.q07_near_ceiling import near_ceiling as rule

NEAR = {
    "n_valid": 3, "near_ceiling_share": 0.8, "discount_place": 0.05, "discount_tenders": 200,
    "lowest_to_ceiling": 0.99,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (NEAR, "hit YELLOW"),
        ({**NEAR, "near_ceiling_share": 0.79}, "hit INFO"),
        ({**NEAR, "discount_place": 0.051}, "clear"),
        ({**NEAR, "near_ceiling_share": 0.79, "discount_place": 0.051}, "clear"),
        ({**NEAR, "discount_place": None, "discount_tenders": None}, "not_evaluable"),
        (
            {**NEAR, "near_ceiling_share": 0.1, "discount_place": None, "discount_tenders": None},
            "not_evaluable",
        ),
        (
            {**NEAR, "near_ceiling_share": None, "discount_place": None, "lowest_to_ceiling": None},
            "not_evaluable",
        ),
        ({**NEAR, "n_valid": 2}, "not_applicable"),
        ({**NEAR, "mechanism": "mean_benchmark"}, "hit YELLOW"),
        ({**NEAR, "mechanism": "scored"}, "hit YELLOW"),
        ({**NEAR, "mechanism": None}, "hit YELLOW"),
        ({**NEAR, "mechanism": "rate"}, "not_applicable"),
        ({**NEAR, "mechanism": "fixed"}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_share=0.9, max_place=0.01), **NEAR) == "clear"


def test_competitive_tenders_are_hits_at_most_as_often_as_the_limit_says(
    rates: Callable[[Rule], tuple[int, int]],
) -> None:
    hits, judged = rates(rule)
    assert judged > 500
    assert hits <= binom.isf(1e-4, judged, 0.05)
