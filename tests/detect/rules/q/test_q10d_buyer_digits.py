from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.q.q10d_buyer_digits import buyer_digits as rule

DIGITS = {"benford_p": 0.001, "benford_mad": 0.006, "n_digit_prices": 300}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (DIGITS, "hit INFO"),
        ({**DIGITS, "benford_p": 0.0011}, "clear"),
        ({**DIGITS, "benford_p": None, "benford_mad": None, "n_digit_prices": None}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_p=0.01), **{**DIGITS, "benford_p": 0.01}) == "hit INFO"
