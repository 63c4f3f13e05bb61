from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.x.x01_marks_far_off import marks_far_off as rule

FAR = {"mark_deviation_z": 3.0, "extreme_mark_share": 0.01, "n_marked_tenders": 5}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (FAR, "hit YELLOW"),
        ({**FAR, "mark_deviation_z": 2.99}, "clear"),
        ({**FAR, "extreme_mark_share": 0.009}, "clear"),
        ({**FAR, "mark_deviation_z": None}, "not_evaluable"),
        ({**FAR, "n_marked_tenders": 4}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_tenders=6), **FAR) == "not_applicable"
