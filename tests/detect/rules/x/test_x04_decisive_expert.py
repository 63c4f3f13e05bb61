from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.x.x04_decisive_expert import decisive_expert as rule

DECIDED = {"n_decisive_experts": 1, "decisive_range_ratio": 2.0, "decisive_mark_deviation": 0.3}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (DECIDED, "hit ORANGE"),
        ({**DECIDED, "decisive_range_ratio": 1.9}, "hit YELLOW"),
        ({**DECIDED, "decisive_mark_deviation": 0.29}, "hit YELLOW"),
        ({**DECIDED, "decisive_mark_deviation": None}, "hit YELLOW"),
        ({**DECIDED, "decisive_range_ratio": 1.9, "decisive_mark_deviation": 0.1}, "clear"),
        ({**DECIDED, "decisive_range_ratio": None, "decisive_mark_deviation": 0.1}, "not_evaluable"),
        ({"n_decisive_experts": 0}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_ratio=2.5), **DECIDED) == "hit YELLOW"
