from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from detect.rules.p.p02_control_relation import control_relation as rule

C, D = "control_share", "direct_share"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({C: 0.51, D: 0.51}, "hit RED"),
        ({C: 0.5, D: 0.5}, "hit ORANGE"),
        ({C: 0.51, D: 0.0}, "hit ORANGE"),
        ({C: 0.51, D: 0.0, "mandatory": True}, "hit RED"),
        ({C: 0.51, D: 0.0, "mandatory": False}, "hit ORANGE"),
        ({C: 0.49, D: 0.49}, "hit YELLOW"),
        ({C: 0.05, D: 0.05}, "hit YELLOW"),
        ({C: 0.049, D: 0.049}, "clear"),
        ({C: 0.0, D: 0.0}, "clear"),
        ({C: 1.0, D: 1.0, "jurisdiction": "DO"}, "hit ORANGE"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


HELD = [(f, "phone", f) for f in "ABC"]


def owns(
    owner: str, firm: str, share: float | None = 1.0, kind: str = "owns", **period: Any
) -> dict[str, Any]:
    return {"from_id": owner, "to_id": firm, "kind": kind, "share": share, "batch_id": "b", **period}


AFTER = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("relations", "expected"),
    [
        ([owns("A", "B", 0.6)], "hit RED"),
        ([owns("A", "B", None, "manages"), owns("X", "A")], "hit RED"),
        ([owns("A", "X", 0.6), owns("X", "B", 0.9)], "hit ORANGE"),
        ([owns("A", "B", 0.1), owns("X", "C")], "hit YELLOW"),
        ([owns("X", "A"), owns("Y", "B")], "clear"),
        ([owns("A", "B", 0.6, valid_from=AFTER), owns("X", "A"), owns("Y", "B")], "clear"),
        ([owns("X", "A")], "not_evaluable"),
        ([owns("S", "A"), owns("S", "B"), owns("A", "S", kind="state_owned_by"),
          owns("B", "S", kind="state_owned_by")], "clear"),
    ],
)  # fmt: skip
def test_chains(judged: Callable[..., str], relations: Any, expected: str) -> None:
    told = [{"valid_from": None, **r} for r in relations]
    types = {"valid_from": pl.Datetime("us", "UTC")}
    assert judged(rule, HELD, relations=pl.DataFrame(told, schema_overrides=types)) == expected


def test_members_of_one_bid_may_belong_together(judged: Callable[..., str]) -> None:
    bids = [{"bid_id": f, "tender_id": "T", "bidder_id": f, "batch_id": "b"} for f in "AC"]
    members = [{"bid_id": "A", "tender_id": "T", "bidder_id": f, "batch_id": "b"} for f in "AB"]
    tables = {"bids": bids, "consortium_members": members, "relations": [owns("A", "B"), owns("X", "C")]}
    assert judged(rule, HELD, **tables) == "clear"
