from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b11_winner_met_base_price import winner_met_base_price as rule

MET = {"base_price_meetings_of_winner": 2, "base_price_q": 0.05, "base_price_p": 1e-3}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (MET, "hit ORANGE"),
        ({**MET, "base_price_meetings_of_winner": 1}, "clear"),
        ({**MET, "base_price_q": 0.051}, "clear"),
        ({**MET, "base_price_p": 0.0011}, "clear"),
        ({**MET, "base_price_q": None, "base_price_p": None}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_meetings=3), **MET) == "clear"
