from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o12_called_again_until_won import called_again_until_won as rule

TENDER = {"round": 3, "earlier_rounds": 2, "winner_in_every_round": True, "most_earlier_bids": 5}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (TENDER, "hit INFO"),
        ({**TENDER, "earlier_rounds": 1}, "clear"),
        ({**TENDER, "winner_in_every_round": False}, "clear"),
        ({**TENDER, "winner_in_every_round": False, "most_earlier_bids": 2}, "hit INFO"),
        ({**TENDER, "earlier_rounds": None, "most_earlier_bids": None}, "not_evaluable"),
        ({**TENDER, "round": 1, "earlier_rounds": None}, "not_applicable"),
        ({**TENDER, "round": None}, "hit INFO"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_earlier=3), **TENDER) == "clear"
