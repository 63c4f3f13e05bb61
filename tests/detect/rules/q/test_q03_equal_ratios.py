from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.q.q02_equal_steps import equal_steps
from detect.rules.q.q03_equal_ratios import equal_ratios as rule

FIVE = {
    "n_valid": 5, "log_step_spread": 0.05, "lowest_bid": 100.0, "highest_bid": 110.0, "bid_spread": 0.10,
    "step_spread": 0.05,
}  # fmt: skip
FOUR = {**FIVE, "n_valid": 4, "log_step_spread": 0.01, "step_spread": 0.01}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (FIVE, "hit ORANGE"),
        ({**FIVE, "n_valid": 12}, "hit ORANGE"),
        ({**FIVE, "log_step_spread": 0.0501}, "clear"),
        (FOUR, "hit ORANGE"),
        ({**FOUR, "log_step_spread": 0.0101}, "clear"),
        ({**FIVE, "bid_spread": 0.0999}, "not_applicable"),
        ({**FIVE, "bid_spread": 0.0999, "step_spread": 0.0501}, "hit ORANGE"),
        ({**FOUR, "bid_spread": 0.0999, "step_spread": 0.0101}, "hit ORANGE"),
        ({**FIVE, "log_step_spread": None}, "not_evaluable"),
        ({**FIVE, "n_valid": 3, "log_step_spread": 0.0}, "not_applicable"),
        ({**FIVE, "highest_bid": 100.0, "log_step_spread": None}, "not_applicable"),
        ({**FIVE, "mechanism": "mean_benchmark"}, "hit ORANGE"),
        ({**FOUR, "mechanism": "mean_benchmark"}, "not_applicable"),
        ({**FIVE, "mechanism": None}, "hit ORANGE"),
        ({**FIVE, "mechanism": "rate"}, "not_applicable"),
        ({**FIVE, "mechanism": "fixed"}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_of_conditions_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(distinct=0.05), **{**FIVE, "bid_spread": 0.06}) == "hit ORANGE"


def test_equal_steps_and_equal_ratios_are_told_once(judged: Callable[..., str]) -> None:
    assert judged(rule, [], bids=bids(1.15)) == "hit ORANGE"
    assert judged(equal_steps, [], bids=bids(1.15)) == "clear"
    assert judged(rule, [], bids=bids(1.001)) == "not_applicable"
    assert judged(equal_steps, [], bids=bids(1.001)) == "hit ORANGE"


def bids(ratio: float) -> list[dict[str, Any]]:
    return [
        {"bid_id": f, "tender_id": "T", "bidder_id": f, "amount": f"{1e6 * ratio**i:.2f}", "batch_id": "b"}
        for i, f in enumerate("ABCDE")
    ]
