from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.q.q01_identical_totals import identical_totals as rule

BASE = {
    "equal_bids": 1, "nonzero_digits": 5, "amount": 123_450,
    "n_bids": 3, "n_equal_bids": 2, "tie_chance": 1e-3,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (BASE, "hit ORANGE"),
        ({**BASE, "nonzero_digits": 4}, "hit YELLOW"),
        ({**BASE, "tie_chance": 1.1e-3}, "hit YELLOW"),
        ({**BASE, "tie_chance": 0.05}, "hit YELLOW"),
        ({**BASE, "tie_chance": 0.051}, "hit INFO"),
        ({**BASE, "tie_chance": None}, "hit ORANGE"),
        ({**BASE, "tie_chance": None, "mechanism": None}, "hit YELLOW"),
        ({**BASE, "n_equal_bids": 4}, "hit YELLOW"),
        ({**BASE, "n_equal_bids": 3, "equal_bids": 2}, "hit ORANGE"),
        ({**BASE, "ceiling": 123_450}, "clear"),
        ({**BASE, "ceiling": 123_451}, "hit ORANGE"),
        ({**BASE, "equal_bids": 0}, "clear"),
        ({**BASE, "equal_bids": None, "nonzero_digits": None, "amount": None}, "not_evaluable"),
        ({**BASE, "n_bids": 1}, "not_applicable"),
        ({**BASE, "status": "withdrawn"}, "not_applicable"),
        ({**BASE, "mechanism": "rate"}, "not_applicable"),
        ({**BASE, "mechanism": "fixed"}, "not_applicable"),
        ({**BASE, "mechanism": "lottery"}, "not_applicable"),
        ({**BASE, "mechanism": "mean_benchmark"}, "hit ORANGE"),
        ({**BASE, "mechanism": None}, "hit ORANGE"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        (("123456.05", "123456.05", "130000.01"), "hit ORANGE"),
        (("123510.00", "123510.00", "130000.00"), "hit YELLOW"),
        (("120000.00", "120000.00", "130000.00"), "hit INFO"),
        (("123456.05", "123456.05", "123456.05"), "hit ORANGE"),
        (("123456.00", "123456.01", "130000.00"), "clear"),
        ((None, None, None), "not_evaluable"),
    ],
)
def test_totals(judged: Callable[..., str], amounts: Any, expected: str) -> None:
    bids = [
        {"bid_id": f, "tender_id": "T", "bidder_id": f, "amount": a, "batch_id": "b"}
        for f, a in zip("ABC", amounts, strict=True)
    ]
    assert judged(rule, [("A", "phone", "1")], bids=bids) == expected
