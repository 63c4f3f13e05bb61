from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from detect.rules.e.e17_device_reuse import device_reuse as rule
from detect.run import judge
from records.tables import market_of

N, D = "reused_devices", "device_reuse_days"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({N: 1, D: 730}, "hit ORANGE"),
        ({N: 2, D: 1}, "hit ORANGE"),
        ({N: 1, D: 731}, "clear"),
        ({N: 0}, "clear"),
        ({N: 1}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("listing", "users", "expected"),
    [
        (None, "AB", "hit"),
        ("centre_device", "AB", "clear"),
        ("buyer_file", "AB", "clear"),
        (None, "ABCDE", "hit"),
        (None, "ABCDEF", "clear"),
    ],
)
def test_a_device_of_earlier_tenders(listing: str | None, users: str, expected: str) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    earlier = {f: f"E{f}" for f in users}
    tenders = [
        {"tender_id": t, "deadline_at": start + timedelta(days=i), "batch_id": "b"}
        for i, t in enumerate([*earlier.values(), "T"])
    ]
    entries = [*((t, f) for f, t in earlier.items()), ("T", "A"), ("T", "B")]
    bids = [{"bid_id": t + f, "tender_id": t, "bidder_id": f, "batch_id": "b"} for t, f in entries]
    device = {"kind": "author_disk", "value_hash": "1" * 32, "batch_id": "b"}
    traces = [{**device, "bidder_id": f, "tender_id": t} for f, t in earlier.items()]
    tables: dict[str, Any] = {"tenders": tenders, "bids": bids, "identifiers": traces}
    tables |= {"known_values": [{**device, "listing": listing}]} if listing else {}
    found = judge(market_of(**{name: pl.DataFrame(rows) for name, rows in tables.items()}), [rule])
    assert dict(found.states.rows())["T"] == expected
