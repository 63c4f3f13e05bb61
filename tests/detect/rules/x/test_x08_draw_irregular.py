from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.x.x08_draw_irregular import draw_irregular as rule

DRAWN = {"n_replaced_experts": 2, "draw_to_evaluation_hours": 2.0, "n_draws": 1}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (DRAWN, "hit YELLOW"),
        ({**DRAWN, "n_replaced_experts": 1}, "clear"),
        ({**DRAWN, "n_replaced_experts": 1, "n_draws": 2}, "hit INFO"),
        ({**DRAWN, "n_replaced_experts": 0, "draw_to_evaluation_hours": 24.1}, "hit YELLOW"),
        ({**DRAWN, "n_replaced_experts": 0, "draw_to_evaluation_hours": 24.0}, "clear"),
        ({**DRAWN, "n_replaced_experts": None}, "not_evaluable"),
        ({**DRAWN, "draw_to_evaluation_hours": None}, "hit YELLOW"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_replaced=3), **DRAWN) == "clear"
