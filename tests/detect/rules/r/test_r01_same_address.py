from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from detect.rules.r.r01_same_address import same_address as rule

A, ROOM, H = "shared_address", "shared_room", "holders_address"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({A: 1, ROOM: True, H: 5}, "hit ORANGE"),
        ({A: 1, ROOM: True, H: 6}, "hit INFO"),
        ({A: 1, ROOM: False, H: 2}, "hit INFO"),
        ({A: 1, H: 20}, "hit INFO"),
        ({A: 1, ROOM: True, H: 21}, "clear"),
        ({A: 0}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("兰州市新城大道1号1502室", "hit ORANGE"),
        ("兰州市新城大道1号", "hit INFO"),
        ("12 Main Street, Suite 4", "hit ORANGE"),
        ("Calle Duarte 12, apto. 3", "hit ORANGE"),
        ("Unity Street 12", "hit INFO"),
        (None, "hit INFO"),
    ],
)
def test_rooms_and_buildings(judged: Callable[..., str], shown: str | None, expected: str) -> None:
    rows = [
        {"bidder_id": f, "kind": "address", "value_hash": "1" * 32, "display": shown, "batch_id": "b"}
        for f in "AB"
    ]
    held = [(f, "phone", f) for f in "AB"]
    types = {"display": pl.String}
    assert judged(rule, held, identifiers=pl.DataFrame(rows, schema_overrides=types)) == expected


def test_a_service_address_on_the_list_is_excused(judged: Callable[..., str], listed: Any) -> None:
    held = [("A", "address", "1"), ("B", "address", "1")]
    known = listed({"known_values": [("platform_account", "address", "1")]})
    assert judged(rule, held, **known) == "clear (excused)"
