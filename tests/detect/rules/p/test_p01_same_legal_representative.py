from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from detect.rules.p.p01_same_legal_representative import same_legal_representative as rule

PERSON, NAME = "shared_legal_rep", "shared_legal_rep_name"
PAIR = [("A", "legal_rep", "1"), ("B", "legal_rep", "1")]
NAMES = [("A", "legal_rep_name", "9"), ("B", "legal_rep_name", "9")]
DEADLINE = datetime(2024, 5, 20, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({PERSON: 1}, "hit RED"),
        ({PERSON: 1, NAME: 0}, "hit RED"),
        ({PERSON: 1, "jurisdiction": "DO"}, "hit ORANGE"),
        ({PERSON: 1, "deadline_at": datetime(2011, 12, 31, tzinfo=UTC)}, "hit ORANGE"),
        ({PERSON: 1, "deadline_at": datetime(2012, 2, 1, tzinfo=UTC)}, "hit RED"),
        ({PERSON: 1, "deadline_at": None}, "hit RED"),
        ({NAME: 1}, "hit INFO"),
        ({PERSON: 0, NAME: 1}, "clear"),
        ({PERSON: 0}, "clear"),
        ({NAME: 0}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (PAIR, "hit RED"),
        (NAMES, "hit INFO"),
        ([*NAMES, ("A", "legal_rep", "1"), ("B", "legal_rep", "2")], "clear"),
        ([("A", "legal_rep", "1"), ("B", "legal_rep_name", "1")], "not_evaluable"),
    ],
)
def test_persons_and_names(judged: Callable[..., str], held: Any, expected: str) -> None:
    assert judged(rule, held) == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ({"valid_from": DEADLINE}, "hit RED"),
        ({"valid_from": DEADLINE.replace(day=21)}, "not_evaluable"),
        ({"valid_to": DEADLINE}, "not_evaluable"),
        ({"valid_to": DEADLINE.replace(day=21)}, "hit RED"),
    ],
)
def test_relation_must_be_in_force(judged: Callable[..., str], period: dict[str, Any], expected: str) -> None:
    rows = [
        {"bidder_id": f, "kind": k, "value_hash": v.rjust(32, "0"), "batch_id": "b", **period}
        for f, k, v in PAIR
    ]
    assert judged(rule, PAIR, identifiers=rows) == expected


def test_placeholder_is_excused(judged: Callable[..., str], listed: Any) -> None:
    tables = listed({"known_values": [("sentinel", "legal_rep", "1")]})
    assert judged(rule, PAIR, **tables) == "clear (excused)"
