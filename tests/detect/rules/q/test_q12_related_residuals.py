from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.q.q12_related_residuals import related_residuals as rule

PAIR = {"n_residuals": 10, "residual_correlation": 0.8, "residual_p": 1e-4, "residual_q": 0.05}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (PAIR, "hit YELLOW"),
        ({**PAIR, "residual_correlation": -0.8}, "hit YELLOW"),
        ({**PAIR, "residual_q": 0.0501}, "clear"),
        ({**PAIR, "residual_q": None}, "not_evaluable"),
        ({**PAIR, "n_residuals": 9}, "not_applicable"),
        ({**PAIR, "n_residuals": None, "residual_q": None}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_common=5), **{**PAIR, "n_residuals": 5}) == "hit YELLOW"
    assert verdict(rule.with_limits(max_q=0.01), **PAIR) == "clear"
