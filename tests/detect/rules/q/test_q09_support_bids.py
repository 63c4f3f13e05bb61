from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.q.q09_support_bids import support_bids as rule

HELP = {"support_bids": 3, "support_p": 0.01, "support_lots": 9, "thin_market": False}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (HELP, "hit YELLOW"),
        ({**HELP, "support_p": 0.0101}, "clear"),
        ({**HELP, "support_bids": 2}, "clear"),
        ({**HELP, "support_p": None}, "not_evaluable"),
        ({**HELP, "support_lots": 0}, "not_applicable"),
        ({**HELP, "support_lots": None}, "not_applicable"),
        ({**HELP, "thin_market": True}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_bids=4), **HELP) == "clear"
    assert verdict(rule.with_limits(max_p=0.001), **HELP) == "clear"
