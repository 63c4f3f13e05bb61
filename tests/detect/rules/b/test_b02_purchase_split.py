from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b02_purchase_split import purchase_split as rule

SPLIT = {
    "procurement_method": "limited",
    "currency": "CNY",
    "purchase_kind": "services",
    "planned_price": 900_000.0,
    "like_plans": 11,
    "like_plans_sum": 9.9e6,
    "like_plans_largest": 950_000.0,
    "plans_just_below": 10,
    "plans_just_above": 0,
    "plans_below_p": 1e-3,
}
SUM = SPLIT | {"plans_just_below": 1, "planned_price": 100_000.0}
YEAR = {"like_plans_of_year": 2, "like_plans_of_year_sum": 1e6, "like_plans_of_year_largest": 6e5}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (SPLIT, "hit ORANGE"),
        ({**SPLIT, "plans_below_p": 0.0011}, "hit YELLOW"),
        ({**SPLIT, "plans_below_p": 0.051}, "hit INFO"),
        ({**SPLIT, "plans_just_below": 1}, "hit INFO"),
        ({**SPLIT, "planned_price": 1e6, "like_plans_largest": 1e6}, "clear"),
        ({**SPLIT, "planned_price": 899_999.0}, "hit INFO"),
        (SUM, "hit INFO"),
        ({**SUM, "like_plans_sum": 999_999.0}, "clear"),
        ({**SUM, "like_plans": 1}, "clear"),
        ({**SUM, "purchase_kind": "goods"}, "hit INFO"),
        ({**SUM, "purchase_kind": None}, "not_evaluable"),
        ({**SUM, "currency": "USD"}, "not_evaluable"),
        ({**SUM, "like_plans_sum": None}, "not_evaluable"),
        ({**SPLIT, "procurement_method": "open"}, "not_applicable"),
        ({**SPLIT, "procurement_method": None}, "hit ORANGE"),
        ({**SPLIT, "jurisdiction": "DO"}, "not_applicable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(services=2e6), **SPLIT) == "hit INFO"


def test_government_procurement_adds_up_a_fiscal_year(verdict: Callable[..., str]) -> None:
    yearly = rule.with_limits(fiscal_year=True)
    assert verdict(yearly, **SUM | YEAR) == "hit INFO"
    assert verdict(yearly, **SUM | YEAR | {"like_plans_of_year_sum": 999_999.0}) == "clear"
