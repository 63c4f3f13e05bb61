from collections.abc import Callable
from typing import Any

import pytest
from scipy.stats import binom

from detect.rule import Rule
from detect.rules.q.q10b_round_losers import round_losers as rule

ROUND = {"n_valid": 3, "thousands_loser_share": 1.0, "usual_thousands_share": 0.03, "thousands_p": 1e-3}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (ROUND, "hit INFO"),
        ({**ROUND, "thousands_p": 1.1e-3}, "clear"),
        ({**ROUND, "usual_thousands_share": None, "thousands_p": None}, "not_evaluable"),
        ({**ROUND, "n_valid": 2}, "not_applicable"),
        ({**ROUND, "mechanism": "scored"}, "hit INFO"),
        ({**ROUND, "mechanism": None}, "hit INFO"),
        ({**ROUND, "mechanism": "rate"}, "not_applicable"),
        ({**ROUND, "mechanism": "auction"}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_p=1e-4), **ROUND) == "clear"


def test_competitive_tenders_are_hits_at_most_as_often_as_the_limit_says(
    rates: Callable[[Rule], tuple[int, int]],
) -> None:
    hits, judged = rates(rule)
    assert judged > 500
    assert hits <= binom.isf(1e-4, judged, 1e-3)
