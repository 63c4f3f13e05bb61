from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.q.q02_equal_steps import equal_steps as rule

FIVE = {"n_valid": 5, "step_spread": 0.05, "lowest_bid": 100.0, "highest_bid": 120.0}
FOUR = {**FIVE, "n_valid": 4, "step_spread": 0.01}

THREE = {**FIVE, "n_valid": 3, "step_spread": 0.0, "equal_step_exact": True, "tie_chance": 1e-3}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (FIVE, "hit ORANGE"),
        ({**FIVE, "n_valid": 12}, "hit ORANGE"),
        ({**FIVE, "step_spread": 0.0501}, "clear"),
        (FOUR, "hit ORANGE"),
        ({**FOUR, "step_spread": 0.0101}, "clear"),
        ({**FIVE, "step_spread": None}, "not_evaluable"),
        ({**FIVE, "step_spread": None, "n_valid": None}, "not_evaluable"),
        (THREE, "hit ORANGE"),
        ({**THREE, "equal_step_exact": False}, "clear"),
        ({**THREE, "tie_chance": 0.0011}, "clear"),
        ({**THREE, "tie_chance": None}, "not_evaluable"),
        ({**THREE, "mechanism": "mean_benchmark"}, "not_applicable"),
        ({**FIVE, "n_valid": 2}, "not_applicable"),
        ({**FIVE, "highest_bid": 100.0, "step_spread": None}, "not_applicable"),
        ({**FIVE, "mechanism": "mean_benchmark"}, "hit ORANGE"),
        ({**FOUR, "mechanism": "mean_benchmark"}, "not_applicable"),
        ({**FOUR, "mechanism": None}, "hit ORANGE"),
        ({**FIVE, "mechanism": "rate"}, "not_applicable"),
        ({**FIVE, "mechanism": "fixed"}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected
