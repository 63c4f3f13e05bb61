from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from detect.rules.p.p08_recent_staff_move import recent_staff_move as rule
from detect.run import judge
from records.tables import market_of

N, D, J = "moved_staff", "staff_move_days", "joint_tenders"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({N: 1, D: 180, J: 1}, "hit INFO"),
        ({N: 1, D: 181, J: 1}, "clear"),
        ({N: 1, D: 10, J: 0}, "clear"),
        ({N: 1, D: 10}, "not_evaluable"),
        ({N: 0}, "clear"),
        ({J: 0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_people_of_earlier_tenders() -> None:
    days = [datetime(2024, 3, d, tzinfo=UTC) for d in (1, 10, 20)]
    tenders = [{"tender_id": t, "deadline_at": d, "batch_id": "b"} for t, d in zip("XYZ", days, strict=True)]
    tenders.append({"tender_id": "T", "deadline_at": datetime(2024, 5, 20, tzinfo=UTC), "batch_id": "b"})
    who = {"X": "A", "Y": "B", "Z": "AB", "T": "AB"}
    bids = [
        {
            "bid_id": t + f,
            "tender_id": t,
            "bidder_id": f,
            "amount": 100 + i,
            "status": "valid",
            "batch_id": "b",
        }
        for t, firms in who.items()
        for i, f in enumerate(firms)
    ]
    people = [
        {"bidder_id": f, "tender_id": t, "kind": "agent", "value_hash": "1" * 32, "batch_id": "b"}
        for t, f in (("X", "A"), ("Y", "B"))
    ]
    tables: dict[str, Any] = {"tenders": tenders, "bids": bids, "identifiers": people}
    found = judge(market_of(**{name: pl.DataFrame(rows) for name, rows in tables.items()}), [rule])
    states = dict(found.states.rows())
    assert states == {"X": "not_applicable", "Y": "not_applicable", "Z": "clear", "T": "hit"}
