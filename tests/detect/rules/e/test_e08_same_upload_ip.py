from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from detect.exclusions import UNRELATED_HOLDERS
from detect.rules.e.e08_same_upload_ip import same_upload_ip as rule

IP, LAN, MAC, GAP = "shared_upload_ip", "shared_upload_lan", "shared_upload_mac", "upload_gap_minutes"
PAIR = [("A", "upload_ip", "1"), ("B", "upload_ip", "1")]
MORNING = datetime(2024, 5, 19, 8, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({IP: 1}, "hit YELLOW"),
        ({IP: 1, LAN: 0, MAC: 0, GAP: 500.0}, "hit YELLOW"),
        ({IP: 1, LAN: 1}, "hit ORANGE"),
        ({IP: 1, LAN: 0, MAC: 1}, "hit ORANGE"),
        ({IP: 1, GAP: 10.0}, "hit ORANGE"),
        ({IP: 1, GAP: 10.001}, "hit YELLOW"),
        ({IP: 1, LAN: 1, "jurisdiction": "DO"}, "hit ORANGE"),
        ({IP: 0, LAN: 1, MAC: 1, GAP: 0.0}, "clear"),
        ({IP: None, LAN: 1, GAP: 0.0}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limit_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_gap_minutes=30.0), **{IP: 1, GAP: 30.0}) == "hit ORANGE"


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        ("centre_device", "clear (excused)"),
        ("shared_network", "clear (excused)"),
        ("sentinel", "clear (excused)"),
        ("platform_account", "hit YELLOW"),
    ],
)
def test_exclusions(judged: Callable[..., str], listed: Any, listing: str, expected: str) -> None:
    tables = listed({"known_values": [(listing, "upload_ip", "1")]})
    assert judged(rule, PAIR, **tables) == expected


@pytest.mark.parametrize(
    ("holders", "expected"),
    [(UNRELATED_HOLDERS - 1, "hit YELLOW"), (UNRELATED_HOLDERS, "clear (excused)")],
)
def test_address_of_very_many_bidders(judged: Callable[..., str], holders: int, expected: str) -> None:
    assert judged(rule, [(f"F{i:02}", "upload_ip", "1") for i in range(holders)]) == expected


@pytest.mark.parametrize(
    ("minutes", "first", "expected"),
    [
        (10, MORNING, "hit ORANGE"),
        (11, MORNING, "hit YELLOW"),
        (0, MORNING.replace(minute=0, second=0), "hit YELLOW"),
    ],
)
def test_upload_times(judged: Callable[..., str], minutes: int, first: datetime, expected: str) -> None:
    times = {"A": first, "B": first + timedelta(minutes=minutes)}
    bids = [
        {"bid_id": f, "tender_id": "T", "bidder_id": f, "submitted_at": at, "batch_id": "b"}
        for f, at in times.items()
    ]
    assert judged(rule, PAIR, bids=bids) == expected
