from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.m.m01_same_deposit_account import same_deposit_account as rule

ACCOUNT = "shared_deposit_account"
PAIR = [("A", "deposit_account", "1"), ("B", "deposit_account", "1")]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({ACCOUNT: 1}, "hit RED"),
        ({ACCOUNT: 1, "jurisdiction": "DO"}, "hit ORANGE"),
        ({ACCOUNT: 0}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        ("platform_account", "clear (excused)"),
        ("sentinel", "clear (excused)"),
        ("shared_network", "hit RED"),
    ],
)
def test_exclusions(judged: Callable[..., str], listed: Any, listing: str, expected: str) -> None:
    tables = listed({"known_values": [(listing, "deposit_account", "1")]})
    assert judged(rule, PAIR, **tables) == expected


def test_one_side_unknown(judged: Callable[..., str]) -> None:
    assert judged(rule, [PAIR[0], ("B", "phone", "2")]) == "not_evaluable"
