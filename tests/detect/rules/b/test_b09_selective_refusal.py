from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b09_selective_refusal import selective_refusal as rule

LOW = {"n_rejected_lower": 3, "refused_lowest_p": 1e-3, "n_disqualified": 3, "n_bids": 15}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (LOW, "hit ORANGE"),
        ({**LOW, "refused_lowest_p": 0.0011}, "hit YELLOW"),
        ({**LOW, "refused_lowest_p": 0.05}, "hit YELLOW"),
        ({**LOW, "refused_lowest_p": 0.051}, "hit INFO"),
        ({**LOW, "n_rejected_lower": 0, "refused_lowest_p": 1.0}, "clear"),
        ({**LOW, "n_rejected_lower": None, "refused_lowest_p": None}, "not_evaluable"),
        ({**LOW, "n_rejected_lower": None, "refused_lowest_p": None, "n_disqualified": 0}, "clear"),
        (
            {**LOW, "n_rejected_lower": None, "refused_lowest_p": None, "n_disqualified": None},
            "not_evaluable",
        ),
        ({**LOW, "n_bids": 1}, "not_applicable"),
        ({**LOW, "mechanism": "lottery"}, "not_applicable"),
        ({**LOW, "mechanism": None}, "hit ORANGE"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(strong_p=1e-4), **LOW) == "hit YELLOW"
