from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.x.x05_copied_marks import copied_marks as rule

COPIED = {"n_copied_sheets": 1, "n_bids": 5}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (COPIED, "hit YELLOW"),
        ({**COPIED, "n_copied_sheets": 0}, "clear"),
        ({**COPIED, "n_copied_sheets": None}, "not_evaluable"),
        ({**COPIED, "n_bids": 4}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_pairs=2), **COPIED) == "clear"
