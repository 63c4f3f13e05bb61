from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b10_late_bid_accepted import late_bid_accepted as rule

LATE = {"n_late_accepted": 1, "n_valid": 3, "least_minutes_late": 4.0}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (LATE, "hit RED"),
        ({**LATE, "jurisdiction": "DO"}, "hit ORANGE"),
        ({**LATE, "least_minutes_late": 1440.0}, "hit RED"),
        ({**LATE, "least_minutes_late": 1441.0}, "hit INFO"),
        ({**LATE, "least_minutes_late": None}, "hit INFO"),
        ({**LATE, "n_late_accepted": 0, "least_minutes_late": None}, "clear"),
        ({**LATE, "n_late_accepted": None, "least_minutes_late": None}, "not_evaluable"),
        ({**LATE, "n_valid": 2}, "not_applicable"),
        ({**LATE, "n_late_accepted": 0, "n_valid": 0}, "clear"),
        ({**LATE, "mechanism": "lottery"}, "hit RED"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_hours=0.05), **LATE) == "hit INFO"
