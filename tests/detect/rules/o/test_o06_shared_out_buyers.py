from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o06_shared_out_buyers import shared_out_buyers as rule

GROUP = {
    "group_contests": 12, "buyer_information": 0.8, "buyer_allocation_p": 0.003, "buyer_allocation_q": 0.05,
    "category_information": None, "category_allocation_p": None, "category_allocation_q": None,
    "identifier_rarity": None, "thin_market": False,
}  # fmt: skip
GOODS = {
    **GROUP, "buyer_allocation_q": 0.9, "category_information": 0.7, "category_allocation_p": 0.002,
    "category_allocation_q": 0.05,
}  # fmt: skip
LINKED = {**GROUP, "identifier_rarity": 10.0, "buyer_allocation_q": 0.4, "buyer_allocation_p": 0.005}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (GROUP, "hit YELLOW"),
        (GOODS, "hit YELLOW"),
        ({**GROUP, "buyer_allocation_q": 0.051}, "clear"),
        (LINKED, "hit YELLOW"),
        ({**LINKED, "buyer_allocation_p": 0.001}, "hit ORANGE"),
        ({**LINKED, "buyer_allocation_p": 0.0051}, "clear"),
        (
            {**GROUP, "buyer_allocation_q": None, "buyer_allocation_p": None, "buyer_information": None},
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
    assert verdict(rule.with_limits(max_q=0.04), **GROUP) == "clear"
