from typing import Any

import polars as pl
import pytest

from records.price_scales import mixed_scales
from records.tables import MONEY


def named(*bids: dict[str, Any]) -> list[tuple[str, str]]:
    rows = pl.DataFrame(
        [{"tender_id": "T", "status": None, "currency": None} | b for b in bids],
        schema_overrides={"status": pl.String, "currency": pl.String},
    )
    return mixed_scales(rows.with_columns(pl.col("amount").cast(MONEY)).lazy()).collect().rows()


@pytest.mark.parametrize(("high", "found"), [("99.99", False), ("100", True), ("3000", True)])
def test_fence(high: str, found: bool) -> None:
    told = named({"amount": "10"}, {"amount": "11"}, {"amount": high})
    assert bool(told) == found
    assert [row[:2] for row in told] == [("tenders", "T")] * found


@pytest.mark.parametrize("odd", [{"status": "disqualified"}, {"status": "withdrawn"}, {"amount": None}])
def test_only_valid_priced_bids_count(odd: dict[str, Any]) -> None:
    assert named({"amount": "10"} | odd, {"amount": "1000"}, {"amount": "1100"}) == []


def test_currencies_are_not_compared() -> None:
    assert named({"amount": "10", "currency": "USD"}, {"amount": "1000", "currency": "CNY"}) == []
