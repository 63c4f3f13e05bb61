from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.x.x06_objective_marks_differ import objective_marks_differ as rule

DIFFER = {"n_objective_disagreements": 1}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (DIFFER, "hit YELLOW"),
        ({"n_objective_disagreements": 0}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_items=2), **DIFFER) == "clear"
