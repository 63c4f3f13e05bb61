from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from detect.rule import Level
from detect.rules.r.r05_shell_profile import shell_profile as rule
from detect.run import judge
from records.tables import Market

P, K = "shell_points", "shell_checked"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({P: 3, K: 3}, "hit INFO"),
        ({P: 3, K: 6}, "hit INFO"),
        ({P: 2, K: 6}, "clear"),
        ({P: 2, K: 2}, "not_applicable"),
        ({K: 3}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_context_names_the_firm_and_raises_no_alert(tiny_market: Callable[..., Market]) -> None:
    bidders = [
        {"bidder_id": "A", "capital": 0, "insured_staff": 1, "founded_on": date(2024, 5, 1), "batch_id": "b"},
        {
            "bidder_id": "B",
            "capital": 900,
            "insured_staff": 40,
            "founded_on": date(2004, 5, 1),
            "batch_id": "b",
        },
    ]
    held = [(f, "phone", f) for f in "AB"]
    hits = judge(tiny_market(held, bidders=bidders), [rule]).parties.hits
    assert hits.select("party_id", "level").rows() == [("A", Level.INFO)]
