from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.o.o02_keeping_company import keeping_company as rule

GROUP = {
    "group_size": 4, "group_meetings": 5, "identifier_pairs": 2, "identifier_rarity": 10.0,
    "identifier_families": 2, "thin_market": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (GROUP, "hit ORANGE"),
        ({**GROUP, "identifier_rarity": 9.9}, "hit INFO"),
        (
            {**GROUP, "identifier_pairs": 0, "identifier_rarity": None, "identifier_families": None},
            "hit INFO",
        ),
        ({**GROUP, "identifier_pairs": None, "identifier_rarity": None}, "hit INFO"),
        ({**GROUP, "group_meetings": 4}, "clear"),
        ({**GROUP, "group_meetings": None}, "not_evaluable"),
        ({**GROUP, "thin_market": True}, "not_applicable"),
        ({**GROUP, "group_size": 2}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_rarity=10.1), **GROUP) == "hit INFO"
