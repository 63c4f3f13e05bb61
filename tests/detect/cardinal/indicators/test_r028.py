from collections.abc import Callable
from typing import Any

import pytest

Made = Callable[..., Any]


@pytest.mark.parametrize(
    ("bids", "firms"),
    [
        ("A 100, B 100", ["A", "B"]),
        ("A 100, B 100 disqualified, C 100 pending", ["A", "B", "C"]),
        ("A 100, A 100, B 101", []),
        ("A 100, B 100 withdrawn, C 100 invited", []),
        ("A 100, B 100 valid EUR", []),
        ("A+B 100, B+A 100", []),
        ("A+B 100, B+C 100", ["A", "B", "C"]),
        ("A 100, A 100, B 100, C 50, D 50", ["A", "B", "C", "D"]),
        ("A 0, B -0", ["A", "B"]),
    ],
)
def test_different_tenderers_at_one_price_are_flagged(
    bids: str, firms: list[str], release: Made, judge: Made
) -> None:
    found = judge("[R028]", release("a", bids))
    expected = {"OCID": {"a": {"R028": 1.0}}, "Tenderer": {firm: {"R028": 1.0} for firm in firms}}
    assert found.groups == (expected if firms else {})
    assert found.maps["ocid_tenderer_r028"] == ({"a": firms} if firms else {})


def test_prices_that_may_not_be_compared_are_not(release: Made, judge: Made) -> None:
    made = release("a", "A 100, B 100", tender={"procurementMethodDetails": "N"})
    assert judge("no_price_comparison_procurement_methods = N; [R028]", made).groups == {}
    assert judge("price_comparison_procurement_methods = Y; [R028]", made).groups == {}
