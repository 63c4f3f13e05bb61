from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.x.x02_leaning_to_bidder import leaning_to_bidder as rule

LEANS = {"affinity_q": 0.05, "affinity_z": 3.0, "affinity_effect": 0.02, "affinity_p": 1e-4}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (LEANS, "hit ORANGE"),
        ({**LEANS, "affinity_q": 0.051}, "clear"),
        ({**LEANS, "affinity_z": 2.9}, "clear"),
        ({**LEANS, "affinity_effect": 0.0}, "clear"),
        ({**LEANS, "affinity_q": None}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_q=0.01), **LEANS) == "clear"
