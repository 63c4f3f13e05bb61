from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o04_taking_turns import taking_turns as rule

GROUP = {
    "group_contests": 12, "turn_score": 0.9, "turn_p": 0.004, "turn_q": 0.1, "repeat_win_share": 0.0,
    "expected_repeat_win_share": 0.2, "identifier_rarity": None, "thin_market": False,
}  # fmt: skip
LINKED = {**GROUP, "identifier_rarity": 10.0, "turn_q": 0.4, "turn_p": 0.01}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (GROUP, "hit YELLOW"),
        ({**GROUP, "turn_q": 0.11}, "clear"),
        ({**GROUP, "turn_score": 0.5}, "clear"),
        ({**GROUP, "repeat_win_share": 0.2}, "hit YELLOW"),
        ({**GROUP, "repeat_win_share": 0.21}, "clear"),
        ({**GROUP, "turn_p": 0.001}, "hit ORANGE"),
        (LINKED, "hit ORANGE"),
        ({**LINKED, "turn_p": 0.011}, "clear"),
        ({**LINKED, "identifier_rarity": 9.9}, "clear"),
        ({**GROUP, "turn_q": None, "turn_p": None}, "not_evaluable"),
        ({**GROUP, "group_contests": 6}, "hit YELLOW"),
        ({**GROUP, "group_contests": 5}, "not_applicable"),
        ({**GROUP, "thin_market": True}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_q=0.05), **GROUP) == "clear"
