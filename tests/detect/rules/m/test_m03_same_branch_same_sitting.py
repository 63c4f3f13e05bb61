from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.m.m03_same_branch_same_sitting import same_branch_same_sitting as rule

B, M, N, S = (
    "shared_deposit_branch", "minutes_apart_deposit_branch", "numbers_apart_deposit_branch",
    "branch_usual_share",
)  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({B: 1, M: 15.0, N: 400}, "hit YELLOW"),
        ({B: 1, M: 15.1, N: 6}, "clear"),
        ({B: 1, M: 60.0, N: 5}, "hit YELLOW"),
        ({B: 1, N: 1}, "hit ORANGE"),
        ({B: 1, N: 2}, "hit YELLOW"),
        ({B: 1, N: 1, S: 0.2}, "hit ORANGE"),
        ({B: 1, N: 1, S: 0.21}, "clear"),
        ({B: 1}, "not_evaluable"),
        ({B: 0}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(consecutive=2), **{B: 1, N: 2}) == "hit ORANGE"
    assert verdict(rule.with_limits(max_share=0.5), **{B: 1, N: 1, S: 0.5}) == "hit ORANGE"


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        ("platform_account", "clear (excused)"),
        ("sentinel", "clear (excused)"),
        ("shared_network", "hit ORANGE"),
    ],
)
def test_exclusions(judged: Callable[..., str], listed: Any, listing: str, expected: str) -> None:
    rows = [
        {
            "bidder_id": f,
            "tender_id": "T",
            "kind": "deposit_branch",
            "value_hash": "9" * 32,
            "sequence": n,
            "batch_id": "b",
        }
        for f, n in (("A", 1), ("B", 2))
    ]
    tables = listed({"known_values": [(listing, "deposit_branch", "9" * 32)]})
    held = [("A", "phone", "1"), ("B", "phone", "2")]
    assert judged(rule, held, identifiers=rows, **tables) == expected
