from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b12_contract_raised import contract_raised as rule

RAISED = {"contract_to_award": 0.0, "contract_change": 0.1}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (RAISED, "hit YELLOW"),
        ({**RAISED, "contract_change": 0.099}, "clear"),
        ({**RAISED, "contract_change": -0.2}, "clear"),
        ({"contract_to_award": 0.1, "contract_change": None}, "hit YELLOW"),
        ({"contract_to_award": 0.0, "contract_change": None}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_increase=0.2), **RAISED) == "clear"
