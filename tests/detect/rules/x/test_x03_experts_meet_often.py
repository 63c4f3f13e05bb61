from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.x.x03_experts_meet_often import experts_meet_often as rule

MET = {"companion_p": 1e-3, "companion_q": 0.05}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (MET, "hit YELLOW"),
        ({**MET, "companion_q": 0.051}, "hit INFO"),
        ({**MET, "companion_p": 0.0011}, "clear"),
        ({**MET, "companion_p": None, "companion_q": None}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_p=1e-4), **MET) == "clear"
