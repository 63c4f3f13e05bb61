from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o10_regulars_absent import regulars_absent as rule

TENDER = {"absent_regulars": 2, "expected_takers": 3, "earlier_calls": 10}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (TENDER, "hit INFO"),
        ({**TENDER, "absent_regulars": 1}, "clear"),
        ({**TENDER, "absent_regulars": None, "expected_takers": None}, "not_evaluable"),
        ({**TENDER, "earlier_calls": 5}, "hit INFO"),
        ({**TENDER, "earlier_calls": 4}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_absent=3), **TENDER) == "clear"
