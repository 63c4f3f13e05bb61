from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b08_late_changes import late_changes as rule

CHANGED = {"n_amendments": 3, "n_late_rule_changes": 0, "n_postponements": 0}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (CHANGED, "hit YELLOW"),
        ({**CHANGED, "n_amendments": 2}, "clear"),
        ({**CHANGED, "n_amendments": 1, "n_late_rule_changes": 1}, "hit YELLOW"),
        ({**CHANGED, "n_late_rule_changes": None}, "hit YELLOW"),
        ({**CHANGED, "n_amendments": 2, "n_late_rule_changes": None}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_amendments=4), **CHANGED) == "clear"
