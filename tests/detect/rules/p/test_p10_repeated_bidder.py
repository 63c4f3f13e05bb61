from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.p.p10_repeated_bidder import repeated_bidder as rule

FIRMS, JOINT = "repeat_firms", "repeat_joint_firms"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({FIRMS: 1, JOINT: 1, "n_bids": 2}, "hit RED"),
        ({FIRMS: 1, JOINT: 1, "n_bids": 2, "jurisdiction": "DO"}, "hit ORANGE"),
        ({FIRMS: 1, JOINT: 0, "n_bids": 2}, "hit INFO"),
        ({FIRMS: 0, JOINT: 0, "n_bids": 2}, "clear"),
        ({"n_bids": 2}, "not_evaluable"),
        ({FIRMS: 0, JOINT: 0, "n_bids": 1}, "not_applicable"),
        ({FIRMS: 1, JOINT: 0, "n_bids": 2, "status": "withdrawn"}, "not_applicable"),
        ({FIRMS: 1, JOINT: 0, "n_bids": 2, "status": "valid"}, "hit INFO"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("bids", "joint", "expected"),
    [
        ({"1": "A", "2": "B"}, [], "clear"),
        ({"1": "A", "2": "A"}, [], "hit INFO"),
        ({"1": "A", "2": "B"}, [("1", "A"), ("1", "B")], "hit RED"),
        ({"1": "A", "2": "B"}, [("1", "A"), ("1", "C"), ("2", "B"), ("2", "C")], "hit RED"),
        ({"1": "A", "2": "B"}, [("1", "A"), ("1", "C")], "clear"),
        ({"1": "A"}, [("1", "A"), ("1", "C")], "not_applicable"),
    ],
)
def test_firms_behind_bids(
    judged: Callable[..., str], bids: dict[str, str], joint: Any, expected: str
) -> None:
    of_bid = [{"bid_id": b, "tender_id": "T", "bidder_id": f, "batch_id": "b"} for b, f in bids.items()]
    members = [{"bid_id": b, "tender_id": "T", "bidder_id": f, "batch_id": "b"} for b, f in joint]
    tables = {"consortium_members": members} if members else {}
    assert judged(rule, [("A", "phone", "1")], bids=of_bid, **tables) == expected


def test_replaced_bid_is_no_second_bid(judged: Callable[..., str]) -> None:
    bids = [
        {"bid_id": b, "tender_id": "T", "bidder_id": "A", "status": status, "batch_id": "b"}
        for b, status in {"1": "withdrawn", "2": "valid"}.items()
    ]
    assert judged(rule, [("A", "phone", "1")], bids=bids) == "clear"
