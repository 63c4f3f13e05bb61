from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o11_frequent_winner import frequent_winner as rule

FIRM = {
    "n_decided": 20, "n_wins": 14, "wins_due": 7.0, "many_wins_q": 0.05, "buyer_wins": 8,
    "buyer_wins_p": 0.01, "agency_wins": 2, "agency_wins_p": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (FIRM, "hit YELLOW"),
        ({**FIRM, "buyer_wins_p": 0.011}, "hit INFO"),
        ({**FIRM, "buyer_wins_p": None, "buyer_wins": None}, "hit INFO"),
        ({**FIRM, "buyer_wins_p": 1.0, "agency_wins_p": 0.01}, "hit YELLOW"),
        ({**FIRM, "many_wins_q": 0.051}, "clear"),
        ({**FIRM, "wins_due": 7.1}, "clear"),
        ({**FIRM, "many_wins_q": None}, "not_evaluable"),
        ({**FIRM, "n_decided": 10}, "hit YELLOW"),
        ({**FIRM, "n_decided": 9}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_ratio=3.0), **FIRM) == "clear"
