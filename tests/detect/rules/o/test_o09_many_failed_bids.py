from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o09_many_failed_bids import many_failed_bids as rule

FIRM = {
    "n_status_known": 20, "failed_bids": 9, "failed_share": 0.45, "failed_share_expected": 0.1,
    "failed_p": 1e-5, "failed_q": 0.05,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (FIRM, "hit YELLOW"),
        ({**FIRM, "failed_q": 0.051}, "clear"),
        ({**FIRM, "failed_bids": 3}, "hit YELLOW"),
        ({**FIRM, "failed_bids": 2}, "clear"),
        ({**FIRM, "failed_share_expected": 0.225}, "hit YELLOW"),
        ({**FIRM, "failed_share_expected": 0.23}, "clear"),
        ({**FIRM, "failed_q": None}, "not_evaluable"),
        ({**FIRM, "n_status_known": 8}, "hit YELLOW"),
        ({**FIRM, "n_status_known": 7}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_failed=10), **FIRM) == "clear"
