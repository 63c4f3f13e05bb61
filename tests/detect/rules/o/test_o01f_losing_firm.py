from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o01f_losing_firm import losing_firm as rule

FIRM = {
    "n_decided": 40, "n_wins": 0, "wins_due": 9.0, "few_wins_p": 1e-4, "few_wins_q": 0.1, "top_winner_p": 0.5,
    "losses_to_top": 9, "recent_losses": 40, "top_loss_share": 0.225,
}  # fmt: skip
ONE_WINNER = {
    **FIRM, "few_wins_q": 0.9, "few_wins_p": 0.01, "losses_to_top": 20, "top_loss_share": 0.5,
    "top_winner_p": 0.01,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (FIRM, "hit YELLOW"),
        ({**FIRM, "few_wins_q": 0.11}, "clear"),
        ({**FIRM, "n_wins": 2}, "hit YELLOW"),
        ({**FIRM, "n_wins": 3}, "clear"),
        (ONE_WINNER, "hit ORANGE"),
        ({**ONE_WINNER, "few_wins_p": 0.011}, "clear"),
        ({**ONE_WINNER, "top_loss_share": 0.49}, "clear"),
        ({**ONE_WINNER, "top_winner_p": 0.011}, "clear"),
        ({**ONE_WINNER, "top_winner_p": None}, "clear"),
        ({**FIRM, "few_wins_q": None, "few_wins_p": None}, "not_evaluable"),
        ({**FIRM, "n_decided": 10}, "hit YELLOW"),
        ({**FIRM, "n_decided": 9}, "not_applicable"),
        ({**FIRM, "n_decided": None}, "hit YELLOW"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_q=0.05), **FIRM) == "clear"
