from collections.abc import Callable
from typing import Any

import pytest
from scipy.stats import binom

from detect.rule import Rule
from detect.rules.q.q05_low_dispersion import low_dispersion as rule

CLOSE = {
    "n_valid": 5, "bid_cv": 0.01, "bid_cv_null": 0.02, "dispersion_tenders": 200, "lowest_bid": 100.0,
    "highest_bid": 102.0, "dispersion_borrowed": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (CLOSE, "hit YELLOW"),
        ({**CLOSE, "bid_cv_null": 0.0201}, "clear"),
        ({**CLOSE, "n_valid": 3}, "hit YELLOW"),
        ({**CLOSE, "bid_cv_null": None}, "not_evaluable"),
        ({**CLOSE, "n_valid": 2}, "not_applicable"),
        ({**CLOSE, "highest_bid": 100.0, "bid_cv": 0.0}, "not_applicable"),
        ({**CLOSE, "dispersion_tenders": 199}, "not_applicable"),
        ({**CLOSE, "dispersion_borrowed": True}, "not_applicable"),
        ({**CLOSE, "mechanism": "scored"}, "hit YELLOW"),
        ({**CLOSE, "mechanism": None}, "hit YELLOW"),
        ({**CLOSE, "mechanism": "mean_benchmark"}, "not_applicable"),
        ({**CLOSE, "mechanism": "rate"}, "not_applicable"),
        ({**CLOSE, "mechanism": "auction"}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_share=0.05), **{**CLOSE, "bid_cv_null": 0.05}) == "hit YELLOW"
    assert verdict(rule.with_limits(min_tenders=30), **{**CLOSE, "dispersion_tenders": 30}) == "hit YELLOW"


def test_competitive_tenders_are_hits_about_as_often_as_the_limit_says(
    rates: Callable[[Rule], tuple[int, int]],
) -> None:
    hits, judged = rates(rule)
    assert judged > 500
    assert hits <= binom.isf(1e-4, judged, 0.02)
