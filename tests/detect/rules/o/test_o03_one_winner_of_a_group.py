from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o03_one_winner_of_a_group import one_winner_of_a_group as rule

GROUP = {
    "group_contests": 10, "top_winner_wins": 8, "group_top_share": 0.8, "top_winner_p": 0.002,
    "top_winner_q": 0.1, "top_wins_due": 5.0, "top_bids_elsewhere": 9,
    "top_wins_elsewhere": 3, "designated_p": 0.3,
    "identifier_rarity": None, "thin_market": False,
}  # fmt: skip
STRONG = {**GROUP, "top_winner_p": 0.001, "designated_p": 0.05}
LINKED = {**GROUP, "identifier_rarity": 10.0, "top_winner_q": 0.4, "top_winner_p": 0.01}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (GROUP, "hit YELLOW"),
        ({**GROUP, "top_winner_q": 0.11}, "clear"),
        ({**GROUP, "group_top_share": 0.5}, "hit YELLOW"),
        ({**GROUP, "group_top_share": 0.49}, "clear"),
        ({**GROUP, "top_wins_due": 8.0}, "clear"),
        ({**GROUP, "top_wins_elsewhere": 9}, "clear"),
        (STRONG, "hit ORANGE"),
        ({**STRONG, "designated_p": 0.051}, "hit YELLOW"),
        ({**STRONG, "top_winner_p": 0.0011}, "hit YELLOW"),
        (LINKED, "hit ORANGE"),
        ({**LINKED, "identifier_rarity": 9.9}, "clear"),
        ({**LINKED, "top_winner_p": 0.011}, "clear"),
        ({**GROUP, "top_winner_q": None, "top_winner_p": None}, "not_evaluable"),
        ({**GROUP, "group_contests": 5}, "hit YELLOW"),
        ({**GROUP, "group_contests": 4}, "not_applicable"),
        ({**GROUP, "top_bids_elsewhere": 3, "top_wins_elsewhere": 1}, "hit YELLOW"),
        ({**GROUP, "top_bids_elsewhere": 2}, "not_applicable"),
        ({**GROUP, "thin_market": True}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_share=0.9), **GROUP) == "clear"
