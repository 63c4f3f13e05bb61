from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from detect.rules.b.b01c_short_prequalification import short_prequalification as rule

SHORT = {"prequalification_sale_days": 4, "mandatory": True}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (SHORT, "hit RED"),
        ({**SHORT, "prequalification_sale_days": 5}, "clear"),
        ({**SHORT, "mandatory": None}, "hit INFO"),
        ({**SHORT, "jurisdiction": None}, "not_evaluable"),
        ({**SHORT, "prequalification_sale_days": None}, "not_evaluable"),
        ({**SHORT, "mandatory": False}, "hit INFO"),
        ({**SHORT, "jurisdiction": "DO"}, "not_applicable"),
        ({**SHORT, "procurement_method": "direct"}, "not_applicable"),
        ({**SHORT, "procurement_method": "selective"}, "hit RED"),
        ({**SHORT, "deadline_at": datetime(2011, 1, 1, tzinfo=UTC)}, "hit ORANGE"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_the_limit_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_days=4), **SHORT) == "clear"
