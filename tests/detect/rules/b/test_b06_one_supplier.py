from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.b.b06_one_supplier import one_supplier as rule

MOST = {
    "top_supplier_share": 0.5, "top_supplier_lot_share": 0.5, "category_share_p95": 0.49, "category_lots": 5,
    "thin_market": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (MOST, "hit YELLOW"),
        ({**MOST, "top_supplier_share": 0.499}, "clear"),
        ({**MOST, "top_supplier_lot_share": 0.4}, "clear"),
        ({**MOST, "category_share_p95": 0.5}, "clear"),
        ({**MOST, "top_supplier_share": None, "category_share_p95": None}, "not_evaluable"),
        ({**MOST, "category_share_p95": None}, "not_applicable"),
        ({**MOST, "category_lots": 4}, "not_applicable"),
        ({**MOST, "category_lots": None}, "hit YELLOW"),
        ({**MOST, "thin_market": True}, "not_applicable"),
        ({**MOST, "thin_market": None}, "hit YELLOW"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits_can_be_changed(verdict: Callable[..., str]) -> None:
    assert verdict(rule.with_limits(min_lots=6), **MOST) == "not_applicable"
