from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from detect.fuse import fuse
from detect.rule import all_rules
from detect.rules.q.q01_identical_totals import identical_totals as rule

BASE = {
    "equal_bids": 1, "free_digits": 5, "amount": 123_450,
    "n_bids": 3, "n_equal_bids": 2, "tie_chance": 1e-3, "one_scale": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (BASE, "hit ORANGE"),
        ({**BASE, "free_digits": 4}, "hit YELLOW"),
        ({**BASE, "free_digits": 3}, "hit YELLOW"),
        ({**BASE, "free_digits": 2}, "hit INFO"),
        ({**BASE, "tie_chance": 1.1e-3}, "hit YELLOW"),
        ({**BASE, "free_digits": 7, "one_scale": None}, "hit YELLOW"),
        ({**BASE, "free_digits": 8, "one_scale": None}, "hit ORANGE"),
        ({**BASE, "tie_chance": 0.05}, "hit YELLOW"),
        ({**BASE, "tie_chance": 0.051}, "hit INFO"),
        ({**BASE, "tie_chance": None}, "hit ORANGE"),
        ({**BASE, "tie_chance": None, "mechanism": None}, "hit YELLOW"),
        ({**BASE, "tie_chance": None, "mechanism": None, "equal_bids": 2, "n_equal_bids": 3}, "hit INFO"),
        ({**BASE, "n_equal_bids": 4}, "hit YELLOW"),
        ({**BASE, "n_equal_bids": 3, "equal_bids": 2}, "hit ORANGE"),
        ({**BASE, "ceiling": 123_450}, "clear"),
        ({**BASE, "ceiling": 123_451}, "hit ORANGE"),
        ({**BASE, "estimate": 123_450}, "clear"),
        ({**BASE, "estimate": 123_450, "ceiling": 130_000}, "clear"),
        ({**BASE, "estimate": 123_451}, "hit ORANGE"),
        ({**BASE, "amount": Decimal("123449.997")}, "hit ORANGE"),
        ({**BASE, "amount": Decimal("123449.997"), "estimate": 123_450}, "clear"),
        ({**BASE, "equal_bids": 0}, "clear"),
        ({**BASE, "equal_bids": None, "free_digits": None, "amount": None}, "not_evaluable"),
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
        (("159300.00", "159300.00", "171234.56"), "hit YELLOW"),
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


@pytest.mark.parametrize(("digits", "expected"), [(2, 0.0), (5, 0.5), (8, 1.0), (11, 1.0)])
def test_more_equal_digits_weigh_more(digits: int, expected: float) -> None:
    frame = pl.DataFrame({"free_digits": [digits]})
    assert frame.select(rule.strength()).item() == pytest.approx(expected)


def test_equal_totals_of_eight_digits_come_before_two_weak_families() -> None:
    found = [("T", "Q01", 3, 1.0), ("U", "O01", 2, 0.5), ("U", "E07", 2, 1.0)]
    hits = pl.DataFrame(found, ["tender_id", "rule_id", "level", "strength"], orient="row").with_columns(
        confidence=pl.lit(1.0), subjects=pl.lit(["A"], pl.List(pl.String))
    )
    units = pl.DataFrame({"tender_id": ["T", "U"]})
    fused = fuse(units, hits, units.with_columns(score=pl.lit(0.5)), all_rules())
    assert fused["level"].to_list() == [3, 3]
    assert fused["attention"][0] > fused["attention"][1]
