from collections.abc import Callable
from typing import Any

import pytest

from detect.exclusions import UNRELATED_HOLDERS
from detect.rules.e.e04_same_pricing_lock import same_pricing_lock as rule

LOCK = "shared_boq_lock"
PAIR = [("A", "boq_lock", "1"), ("B", "boq_lock", "1")]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({LOCK: 1}, "hit RED"),
        ({LOCK: 3}, "hit RED"),
        ({LOCK: 1, "jurisdiction": "CN"}, "hit RED"),
        ({LOCK: 1, "jurisdiction": "CNX"}, "hit ORANGE"),
        ({LOCK: 0}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        ("buyer_file", "clear (excused)"),
        ("platform_account", "clear (excused)"),
        ("sentinel", "clear (excused)"),
        ("shared_network", "hit RED"),
        ("centre_device", "hit RED"),
    ],
)
def test_exclusions(judged: Callable[..., str], listed: Any, listing: str, expected: str) -> None:
    tables = listed({"known_values": [(listing, "boq_lock", "1")]})
    assert judged(rule, PAIR, **tables) == expected


@pytest.mark.parametrize(
    ("holders", "expected"),
    [(UNRELATED_HOLDERS, "hit RED"), (UNRELATED_HOLDERS + 1, "clear (excused)")],
)
def test_lock_of_very_many_bidders(judged: Callable[..., str], holders: int, expected: str) -> None:
    assert judged(rule, [(f"F{i:02}", "boq_lock", "1") for i in range(holders)]) == expected


def test_one_lock_among_several_is_enough(judged: Callable[..., str]) -> None:
    own = [("A", "boq_lock", "2"), ("B", "boq_lock", "3")]
    assert judged(rule, own) == "clear"
    assert judged(rule, [*PAIR, *own]) == "hit RED"
