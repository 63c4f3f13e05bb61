from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e02_same_hardware_code import same_hardware_code as rule

DISK, BOARD, MAC = "shared_author_disk", "shared_author_board", "shared_author_mac"
BY_DISK, BY_BOARD, BY_MAC = "holders_author_disk", "holders_author_board", "holders_author_mac"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({DISK: 1, BY_DISK: 2}, "hit ORANGE"),
        ({DISK: 1, BY_DISK: 5, MAC: 0}, "hit ORANGE"),
        ({DISK: 1, BY_DISK: 6}, "not_evaluable"),
        ({DISK: 0, BOARD: 1, BY_BOARD: 2}, "hit ORANGE"),
        ({DISK: 0, MAC: 1, BY_MAC: 2}, "hit YELLOW"),
        ({MAC: 1, BY_MAC: 6}, "not_evaluable"),
        ({DISK: 0}, "not_evaluable"),
        ({"shared_author_memory": 1, "holders_author_memory": 3}, "hit YELLOW"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limit_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_holders=9), **{DISK: 1, BY_DISK: 9}) == "hit ORANGE"


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        ("centre_device", "not_evaluable (excused)"),
        ("buyer_file", "not_evaluable (excused)"),
        ("sentinel", "not_evaluable (excused)"),
        ("shared_network", "hit ORANGE"),
    ],
)
def test_exclusions(judged: Callable[..., str], listed: Any, listing: str, expected: str) -> None:
    held = [("A", "author_disk", "1"), ("B", "author_disk", "1")]
    assert judged(rule, held, **listed({"known_values": [(listing, "author_disk", "1")]})) == expected


def test_a_code_that_many_have_shown_is_nobodys_own(judged: Callable[..., str]) -> None:
    held = [(f"F{i}", "author_disk", "1") for i in range(6)]
    assert judged(rule, held) == "not_evaluable"
    assert judged(rule, held[:5]) == "hit ORANGE"
