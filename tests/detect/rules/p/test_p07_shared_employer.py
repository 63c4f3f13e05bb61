from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.p.p07_shared_employer import shared_employer as rule

S, H, C, HC = "shared_insured_by", "holders_insured_by", "crossed_employer", "holders_crossed_employer"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({S: 1, H: 5}, "hit ORANGE"),
        ({S: 1, H: 6}, "hit INFO"),
        ({S: 1, H: 2, "jurisdiction": "CN-23-01"}, "hit ORANGE"),
        ({C: 1, HC: 2}, "hit ORANGE"),
        ({S: 0, C: 0}, "clear"),
        ({S: 0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([("A", "insured_by", "1"), ("B", "insured_by", "1")], "hit ORANGE"),
        ([("A", "insured_by", "1"), ("B", "ca_subject", "1"), ("A", "ca_subject", "2")], "hit ORANGE"),
        ([("A", "insured_by", "1"), ("A", "ca_subject", "1"), ("B", "insured_by", "2")], "clear"),
    ],
)
def test_employers(judged: Callable[..., str], held: Any, expected: str) -> None:
    assert judged(rule, held) == expected


def test_a_dispatch_agency_is_excused(judged: Callable[..., str], listed: Any) -> None:
    held = [("A", "insured_by", "1"), ("B", "insured_by", "1")]
    known = listed({"known_values": [("platform_account", "insured_by", "1")]})
    assert judged(rule, held, **known) == "not_evaluable (excused)"
