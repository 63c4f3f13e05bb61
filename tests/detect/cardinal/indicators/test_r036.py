from collections.abc import Callable
from typing import Any

import pytest

Made = Callable[..., Any]


@pytest.mark.parametrize(
    ("bids", "awards", "flagged"),
    [
        ("A 1 disqualified, B 2", "B", True),
        ("A 1 disqualified, B 2", "B, C pending", True),
        ("A 1 disqualified, B 1", "B", True),
        ("B 1, A 1 disqualified", "B", False),
        ("A 1 disqualified, B 2 pending", "B", False),
        ("A 1 withdrawn, B 2 disqualified, C 3", "C", True),
        ("A 1 disqualified, B 2", "B cancelled", False),
        ("A 1 disqualified, B 2", "", False),
        ("B 2, A 1 disqualified EUR", "B", False),
        ("A 1 disqualified EUR, B 2", "B", False),
    ],
)
def test_a_disqualified_lowest_bid_is_flagged(
    bids: str, awards: str, flagged: bool, release: Made, judge: Made
) -> None:
    found = judge("[R036]", release("a", bids, awards))
    assert found.groups == ({"OCID": {"a": {"R036": 1.0}}} if flagged else {})


def test_prices_that_may_not_be_compared_are_not(release: Made, judge: Made) -> None:
    made = release("a", "A 1 disqualified, B 2", "B", tender={"procurementMethodDetails": "N"})
    assert judge("no_price_comparison_procurement_methods = N; [R036]", made).groups == {}
