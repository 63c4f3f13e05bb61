from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.r.r03_ownership_component import ownership_component as rule

C = "ownership_component"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({C: 3, "n_bids": 3}, "hit ORANGE"),
        ({C: 2, "n_bids": 9}, "clear"),
        ({C: 1, "n_bids": 3}, "clear"),
        ({"n_bids": 3}, "not_evaluable"),
        ({C: 2, "n_bids": 2}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


HELD = [(f, "phone", f) for f in "ABCD"]


def owns(owner: str, firm: str, kind: str = "owns") -> dict[str, Any]:
    return {"from_id": owner, "to_id": firm, "kind": kind, "share": 0.3, "batch_id": "b"}


@pytest.mark.parametrize(
    ("more", "relations", "expected"),
    [
        ([], [owns("X", "A"), owns("X", "B"), owns("Y", "B"), owns("Y", "C")], "hit ORANGE"),
        ([], [owns("A", "B"), owns("B", "C")], "hit ORANGE"),
        ([], [owns("X", "A"), owns("X", "B"), owns("Y", "C")], "clear"),
        ([("A", "director", "1"), ("B", "director", "1")], [owns("X", "B"), owns("X", "C")], "hit ORANGE"),
        ([("A", "director", "1"), ("B", "shareholder", "1")], [owns("X", "B"), owns("X", "C")], "hit ORANGE"),
        ([("A", "director", "1")], [], "not_evaluable"),
        ([], [owns("X", f) for f in "ABC"] + [owns("A", "X", "state_owned_by")], "clear"),
    ],
)
def test_webs(judged: Callable[..., str], more: Any, relations: Any, expected: str) -> None:
    tables = {"relations": relations} if relations else {}
    assert judged(rule, [*HELD, *more], **tables) == expected


def test_members_of_one_bid_count_once(judged: Callable[..., str]) -> None:
    bids = [{"bid_id": f, "tender_id": "T", "bidder_id": f, "batch_id": "b"} for f in "ACD"]
    members = [{"bid_id": "A", "tender_id": "T", "bidder_id": f, "batch_id": "b"} for f in "AB"]
    relations = [owns("X", f) for f in "ABC"]
    assert judged(rule, HELD, bids=bids, consortium_members=members, relations=relations) == "clear"
