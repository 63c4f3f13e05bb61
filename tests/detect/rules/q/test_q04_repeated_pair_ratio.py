from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.q.q04_repeated_pair_ratio import repeated_pair_ratio as rule

PAIR = {"joint_tenders": 5, "joint_ratio_repeats": 2, "joint_ratio_p": 1e-4}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (PAIR, "hit ORANGE"),
        ({**PAIR, "joint_ratio_p": 1.1e-4}, "clear"),
        ({**PAIR, "joint_ratio_repeats": 1}, "clear"),
        ({**PAIR, "joint_ratio_repeats": 0, "joint_ratio_p": None, "joint_tenders": None}, "clear"),
        ({**PAIR, "joint_ratio_p": None}, "not_evaluable"),
        ({**PAIR, "joint_tenders": 1}, "not_applicable"),
        ({**PAIR, "tie_chance": 0.005}, "hit ORANGE"),
        ({**PAIR, "tie_chance": 0.0051}, "not_applicable"),
        ({**PAIR, "mechanism": "rate"}, "not_applicable"),
        ({**PAIR, "mechanism": "lottery"}, "not_applicable"),
        ({**PAIR, "mechanism": None}, "hit ORANGE"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_of_conditions_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_common=1), **{**PAIR, "joint_tenders": 1}) == "hit ORANGE"
