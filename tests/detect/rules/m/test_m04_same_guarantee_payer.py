from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.m.m04_same_guarantee_payer import same_guarantee_payer as rule

A, P, C = "shared_guarantee_account", "shared_guarantee_proposer", "crossed_guarantee"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({A: 1}, "hit ORANGE"),
        ({P: 1}, "hit ORANGE"),
        ({C: 1}, "hit ORANGE"),
        ({A: 0, P: 0, C: 0}, "clear"),
        ({A: 0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    "held",
    [
        [("A", "guarantee_account", "1"), ("B", "guarantee_account", "1")],
        [("A", "guarantee_proposer", "1"), ("B", "guarantee_proposer", "1")],
        [("A", "guarantee_account", "1"), ("B", "basic_account", "1")],
    ],
)
def test_platforms_and_brokers_are_taken_out(judged: Callable[..., str], listed: Any, held: Any) -> None:
    # A crossing leaves the premium account of the other side unknown, hence the second one.
    more = [("B", "guarantee_account", "5"), ("A", "guarantee_account", "6")]
    assert judged(rule, [*held, *more]) == "hit ORANGE"
    known = listed({"known_values": [("platform_account", held[0][1], "1")]})
    assert judged(rule, [*held, *more], **known) == "not_evaluable (excused)"
