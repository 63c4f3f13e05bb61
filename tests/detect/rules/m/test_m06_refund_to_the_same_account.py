from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.m.m06_refund_to_the_same_account import refund_to_the_same_account as rule

A, C, X, R = "shared_refund_account", "shared_refund_collector", "crossed_collector", "crossed_refund"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({A: 1}, "hit ORANGE"),
        ({C: 1}, "hit ORANGE"),
        ({X: 1}, "hit ORANGE"),
        ({R: 1}, "hit RED"),
        ({A: 1, R: 1, "jurisdiction": "DO"}, "hit ORANGE"),
        ({A: 0, C: 0, X: 0, R: 0}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


BASIC = [("A", "basic_account", "8"), ("B", "basic_account", "9")]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([("A", "refund_account", "1"), ("B", "refund_account", "1")], "hit ORANGE"),
        ([("A", "refund_account", "8"), ("B", "refund_account", "9")], "not_evaluable"),
        ([("A", "refund_account", "9")], "hit RED"),
        ([("A", "refund_account", "1"), ("B", "deposit_account", "1")], "hit RED"),
        ([("A", "refund_collector", "1"), ("B", "agent", "1")], "hit ORANGE"),
    ],
)
def test_accounts_and_collectors(judged: Callable[..., str], held: Any, expected: str) -> None:
    assert judged(rule, [*BASIC, *held]) == expected


def test_a_collecting_platform_is_excused(judged: Callable[..., str], listed: Any) -> None:
    held = [*BASIC, ("A", "refund_account", "1"), ("B", "deposit_account", "1")]
    known = listed({"known_values": [("platform_account", "refund_account", "1")]})
    assert judged(rule, held, **known) == "not_evaluable (excused)"


def test_members_of_one_bid_are_excused(judged: Callable[..., str]) -> None:
    held = [("A", "refund_account", "9"), ("B", "basic_account", "9"), ("C", "basic_account", "7")]
    bids = [{"bid_id": "1", "tender_id": "T", "bidder_id": "A", "batch_id": "b"}]
    bids += [{"bid_id": "2", "tender_id": "T", "bidder_id": "C", "batch_id": "b"}]
    members = [{"bid_id": "1", "tender_id": "T", "bidder_id": f, "batch_id": "b"} for f in "AB"]
    assert judged(rule, held, bids=bids, consortium_members=members).endswith("(excused)")
