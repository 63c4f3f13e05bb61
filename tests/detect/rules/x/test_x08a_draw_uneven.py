from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.x.x08a_draw_uneven import draw_uneven as rule

UNEVEN = {"draw_rank_p": 1e-3, "draw_rank_q": 0.05, "n_draws_of_experts": 50}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (UNEVEN, "hit YELLOW"),
        ({**UNEVEN, "draw_rank_p": 0.0011}, "clear"),
        ({**UNEVEN, "draw_rank_q": 0.051}, "clear"),
        ({**UNEVEN, "draw_rank_p": None, "draw_rank_q": None}, "not_evaluable"),
        ({**UNEVEN, "n_draws_of_experts": 49}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_experts=60), **UNEVEN) == "not_applicable"
