from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b07_agency_and_winner import agency_and_winner as rule

GATHERED = {
    "agency_wins": 4, "agency_win_lift": 3.0, "agency_wins_q": 0.01, "agency_wins_p": 1e-4,
    "agency_thin_market": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (GATHERED, "hit YELLOW"),
        ({**GATHERED, "agency_wins": 3}, "clear"),
        ({**GATHERED, "agency_win_lift": 2.9}, "clear"),
        ({**GATHERED, "agency_wins_q": 0.011}, "clear"),
        ({**GATHERED, "agency_wins_q": None}, "not_evaluable"),
        ({**GATHERED, "agency_thin_market": True}, "not_applicable"),
        ({**GATHERED, "agency_thin_market": None}, "hit YELLOW"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_wins=5), **GATHERED) == "clear"
