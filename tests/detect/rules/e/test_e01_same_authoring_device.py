from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e01_same_authoring_device import same_authoring_device as rule

MAC, CPU, DISK = "shared_author_mac", "shared_author_cpu", "shared_author_disk"
TRIPLE = [(f, f"author_{part}", part) for f in "AB" for part in ("mac", "cpu", "disk")]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({MAC: 1, CPU: 1, DISK: 1}, "hit RED"),
        ({MAC: 2, CPU: 1, DISK: 1, "mechanism": None}, "hit RED"),
        ({MAC: 1, CPU: 1, DISK: 1, "jurisdiction": "DO"}, "hit ORANGE"),
        ({MAC: 1, CPU: 1, DISK: 1, "jurisdiction": None}, "hit ORANGE"),
        ({MAC: 1, CPU: 1, DISK: 0}, "clear"),
        ({MAC: None, CPU: None, DISK: 0}, "clear"),
        ({MAC: 1, CPU: 1, DISK: None}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({}, "hit RED"),
        ({"known_values": [("buyer_file", "author_disk", "disk")]}, "clear (excused)"),
        ({"known_values": [("centre_device", "author_mac", "mac")]}, "clear (excused)"),
        ({"known_values": [("sentinel", "author_cpu", "cpu")]}, "clear (excused)"),
        ({"known_values": [("platform_account", "author_cpu", "cpu")]}, "hit RED"),
        ({"known_values": [("sentinel", "upload_cpu", "cpu")]}, "hit RED"),
    ],
)
def test_exclusions(judged: Callable[..., str], listed: Any, tables: dict[str, Any], expected: str) -> None:
    assert judged(rule, TRIPLE, **listed(tables)) == expected


def test_members_of_one_bid_are_excused(judged: Callable[..., str]) -> None:
    bids = [{"bid_id": b, "tender_id": "T", "bidder_id": b, "batch_id": "b"} for b in "AC"]
    together = [{"bid_id": "A", "bidder_id": f, "tender_id": "T", "batch_id": "b"} for f in "AB"]
    assert judged(rule, TRIPLE, bids=bids, consortium_members=together) == "not_evaluable (excused)"


def test_member_that_also_bids_alone_is_not_excused(judged: Callable[..., str]) -> None:
    bids = [{"bid_id": b, "tender_id": "T", "bidder_id": b, "batch_id": "b"} for b in "AB"]
    together = [{"bid_id": "A", "bidder_id": f, "tender_id": "T", "batch_id": "b"} for f in "AB"]
    assert judged(rule, TRIPLE, bids=bids, consortium_members=together) == "hit RED"
