from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o01_serial_loser import serial_loser as rule

LOSER = {"past_bids": 30, "past_wins": 0, "expected_wins": 4.6, "loss_tail_p": 0.02}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (LOSER, "hit INFO"),
        ({**LOSER, "expected_wins": 4.59}, "clear"),
        ({**LOSER, "expected_wins": 2.1, "loss_tail_p": 0.1}, "clear"),
        ({**LOSER, "past_wins": 1}, "clear"),
        ({**LOSER, "past_wins": 1, "loss_tail_p": 0.01}, "hit INFO"),
        ({**LOSER, "past_wins": 2, "expected_wins": 8.0, "loss_tail_p": 0.01}, "hit INFO"),
        ({**LOSER, "past_wins": 3, "expected_wins": 8.0, "loss_tail_p": 0.01}, "clear"),
        ({**LOSER, "past_wins": 1, "loss_tail_p": None}, "not_evaluable"),
        ({**LOSER, "past_bids": 10}, "hit INFO"),
        ({**LOSER, "past_bids": 9}, "not_applicable"),
        ({**LOSER, "mechanism": "lottery"}, "hit INFO"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected
