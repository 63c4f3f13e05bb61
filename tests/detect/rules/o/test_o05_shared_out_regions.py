from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o05_shared_out_regions import shared_out_regions as rule

GROUP = {
    "group_contests": 12, "region_information": 0.8, "region_allocation_p": 0.003, "region_allocation_q": 0.1,
    "identifier_rarity": None, "thin_market": False,
}  # fmt: skip
LINKED = {**GROUP, "identifier_rarity": 10.0, "region_allocation_q": 0.4, "region_allocation_p": 0.01}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (GROUP, "hit YELLOW"),
        ({**GROUP, "region_allocation_q": 0.11}, "clear"),
        ({**GROUP, "region_allocation_p": 0.001}, "hit YELLOW"),
        (LINKED, "hit YELLOW"),
        ({**LINKED, "region_allocation_p": 0.001}, "hit ORANGE"),
        ({**LINKED, "region_allocation_p": 0.011}, "clear"),
        (
            {**GROUP, "region_allocation_q": None, "region_allocation_p": None, "region_information": None},
            "not_evaluable",
        ),
        ({**GROUP, "group_contests": 6}, "hit YELLOW"),
        ({**GROUP, "group_contests": 5}, "not_applicable"),
        ({**GROUP, "thin_market": True}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(max_q=0.05), **GROUP) == "clear"
