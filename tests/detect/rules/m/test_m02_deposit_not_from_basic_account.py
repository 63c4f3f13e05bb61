from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.m.m02_deposit_not_from_basic_account import deposit_not_from_basic_account as rule

E, C = "deposit_elsewhere", "crossed_deposit"
OWN = [("A", "basic_account", "1"), ("B", "basic_account", "2")]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({E: 1}, "hit YELLOW"),
        ({E: 0}, "not_evaluable"),
        ({E: 1, C: 1}, "hit ORANGE"),
        ({E: 0, C: 1}, "hit ORANGE"),
        ({C: 0}, "not_evaluable"),
        ({}, "not_evaluable"),
        ({E: 1, "mandatory": False}, "not_applicable"),
        ({E: 1, "mandatory": True}, "hit YELLOW"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        ([("A", "deposit_account", "1"), ("B", "deposit_account", "2")], "clear"),
        ([("A", "deposit_account", "3")], "hit YELLOW"),
        ([("A", "deposit_account", "2")], "hit ORANGE"),
        ([("A", "deposit_account", "1"), ("A", "deposit_payer", "9"), ("B", "agent", "9"),
          ("A", "agent", "8")], "hit ORANGE"),
    ],
)  # fmt: skip
def test_where_deposits_come_from(judged: Callable[..., str], paid: Any, expected: str) -> None:
    assert judged(rule, [*OWN, *paid]) == expected


def test_without_a_basic_account_nothing_can_be_said(judged: Callable[..., str]) -> None:
    held = [("A", "deposit_account", "1"), ("B", "deposit_account", "2")]
    assert judged(rule, held) == "not_evaluable"


@pytest.mark.parametrize("kind", ["deposit_account", "guarantee_account"])
def test_platforms_are_taken_out(judged: Callable[..., str], listed: Any, kind: str) -> None:
    held = [*OWN, ("A", "deposit_account", "7"), ("B", "guarantee_account", "7")]
    assert judged(rule, held) == "hit ORANGE"
    known = listed({"known_values": [("platform_account", kind, "7")]})
    assert judged(rule, held, **known) == "not_evaluable"
