from decimal import Decimal

import polars as pl
import pytest

from records.tables import MONEY
from records.unit_slips import unit_slips


def slips(
    amounts: list[str | None], ceiling: str | None, estimate: str | None = None
) -> list[tuple[str, str]]:
    tenders = pl.DataFrame(
        {"tender_id": ["T"], "ceiling": [ceiling], "estimate": [estimate]},
        schema={"tender_id": pl.String, "ceiling": pl.String, "estimate": pl.String},
    ).with_columns(pl.col("ceiling", "estimate").cast(MONEY))
    bids = pl.DataFrame(
        {
            "bid_id": [f"b{i}" for i in range(len(amounts))],
            "tender_id": ["T"] * len(amounts),
            "amount": [None if a is None else Decimal(a) for a in amounts],
        },
        schema_overrides={"amount": MONEY},
    )
    return unit_slips(bids.lazy(), tenders.lazy()).select("table", "record").sort("record").collect().rows()


@pytest.mark.parametrize(
    ("amount", "found"),
    [
        ("90", True), ("30", True), ("29.99", False), ("120", True), ("120.01", False),
        ("900000", False), ("9000000000", True), ("3000000000", True), ("12000000001", False),
    ],
)  # fmt: skip
def test_fence(amount: str, found: bool) -> None:
    assert slips([amount, "950000"], "1000000") == ([("bids", "b0")] if found else [])


def test_estimate_serves_where_there_is_no_ceiling() -> None:
    assert slips(["90", "900000"], None, "1000000") == [("bids", "b0")]


def test_ceiling_goes_before_estimate() -> None:
    assert slips(["90", "900000"], "90", "1000000") == [("bids", "b1")]


def test_all_bids_alike_name_the_ceiling() -> None:
    assert slips(["90", "91", "92"], "1000000") == [("tenders", "T")]


def test_one_bid_alone_is_named_itself() -> None:
    assert slips(["90"], "1000000") == [("bids", "b0")]


def test_slips_both_ways_are_named_one_by_one() -> None:
    assert slips(["90", "9000000000"], "1000000") == [("bids", "b0"), ("bids", "b1")]


@pytest.mark.parametrize(("ceiling", "amount"), [(None, "90"), ("0", "90"), ("1000000", None)])
def test_silent_without_two_amounts(ceiling: str | None, amount: str | None) -> None:
    assert slips([amount, amount], ceiling) == []


def test_words_tell_amount_reference_and_direction() -> None:
    tenders = pl.LazyFrame({"tender_id": ["T"], "ceiling": [Decimal(1000000)], "estimate": [None]})
    bids = pl.LazyFrame({"bid_id": ["a"], "tender_id": ["T"], "amount": [Decimal("95.500000")]})
    what = unit_slips(bids, tenders).collect()["what"].item()
    assert what == "amount 95.5 is a ten-thousandth of what its ceiling 1000000 suggests: 万元 for 元?"
