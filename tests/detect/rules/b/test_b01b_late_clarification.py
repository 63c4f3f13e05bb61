from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from detect.rules.b.b01b_late_clarification import late_clarification as rule

SHORT = {"clarification_days": 14, "mandatory": True}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (SHORT, "hit RED"),
        ({**SHORT, "clarification_days": 15}, "clear"),
        ({**SHORT, "mandatory": None}, "hit INFO"),
        ({**SHORT, "jurisdiction": None}, "not_evaluable"),
        ({**SHORT, "clarification_days": None}, "not_evaluable"),
        ({**SHORT, "clarification_days": None, "n_late_amendments": 0}, "clear"),
        ({**SHORT, "clarification_days": None, "n_late_amendments": 1}, "not_evaluable"),
        ({**SHORT, "n_late_amendments": 0}, "hit RED"),
        ({**SHORT, "mandatory": False}, "hit INFO"),
        ({**SHORT, "jurisdiction": "DO"}, "not_applicable"),
        ({**SHORT, "procurement_method": "direct"}, "not_applicable"),
        ({**SHORT, "procurement_method": "selective"}, "hit RED"),
        ({**SHORT, "deadline_at": datetime(1999, 1, 1, tzinfo=UTC)}, "hit ORANGE"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_the_limit_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_days=14), **SHORT) == "clear"
