from collections.abc import Callable
from typing import Any

import pytest
from scipy.stats import binom

from detect.rule import Rule
from detect.rules.q.q10_shared_endings import shared_endings as rule

ENDS = {"n_valid": 3, "shared_ending_bids": 3, "shared_ending_p": 1e-3}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (ENDS, "hit YELLOW"),
        ({**ENDS, "shared_ending_p": 1.1e-3}, "clear"),
        ({**ENDS, "shared_ending_bids": 2}, "clear"),
        ({**ENDS, "shared_ending_p": None, "shared_ending_bids": None}, "not_evaluable"),
        ({**ENDS, "n_valid": 2}, "not_applicable"),
        ({**ENDS, "mechanism": "mean_benchmark"}, "hit YELLOW"),
        ({**ENDS, "mechanism": None}, "hit YELLOW"),
        ({**ENDS, "mechanism": "rate"}, "not_applicable"),
        ({**ENDS, "mechanism": "lottery"}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_bids=4), **ENDS) == "clear"


def test_competitive_tenders_are_hits_at_most_as_often_as_the_limit_says(
    rates: Callable[[Rule], tuple[int, int]],
) -> None:
    hits, judged = rates(rule)
    assert judged > 500
    assert hits <= binom.isf(1e-4, judged, 1e-3)


def test_the_worked_example(judged: Callable[..., str]) -> None:
    def bids(*amounts: int) -> list[dict[str, Any]]:
        firms = enumerate(amounts)
        return [
            {"bid_id": f"{i}", "tender_id": "T", "bidder_id": f"{i}", "amount": a, "batch_id": "b"}
            for i, a in firms
        ]

    assert judged(rule, [], bids=bids(1_100_388, 1_131_388, 1_164_388, 1_090_000)) == "hit YELLOW"
    assert judged(rule, [], bids=bids(1_100_388, 1_131_389, 1_164_382, 1_090_000)) == "clear"
