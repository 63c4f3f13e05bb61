from decimal import Decimal

import polars as pl

from features.bid.equal_bids import equal_totals
from features.build import Build
from features.catalogue import Grain
from records.tables import market_of


def test_totals_are_compared_exactly_within_tender_and_currency() -> None:
    rows = [
        ("T", "1", "A", "12300.05", "CNY", None),
        ("T", "2", "B", "12300.05", "CNY", "valid"),
        ("T", "3", "C", "12300.050001", "CNY", "valid"),
        ("T", "4", "D", "12300.05", "USD", "valid"),
        ("T", "5", "A", "12300.05", "CNY", "valid"),
        ("T", "6", "E", "12300.05", "CNY", "withdrawn"),
        ("U", "7", "F", "12300.05", "CNY", "valid"),
        ("U", "8", "G", None, "CNY", "valid"),
    ]
    schema = ["tender_id", "bid_id", "bidder_id", "amount", "currency", "status"]
    bids = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.col("amount").cast(pl.Decimal(38, 6)), batch_id=pl.lit("b")
    )
    tenders = pl.DataFrame({"tender_id": ["T", "U"], "batch_id": "b"})
    frame = Build(market_of(tenders=tenders, bids=bids)).grain(Grain.BID)
    found = frame.select("bid_id", "equal_bids", "nonzero_digits", "amount").sort("bid_id").collect()
    assert found["equal_bids"].to_list() == [1, 1, 0, 0, 1, None, 0, None]
    assert found["nonzero_digits"].to_list() == [4, 4, 5, 4, 4, None, 4, None]
    assert found["amount"][2] == Decimal("12300.050001")


def test_digits_before_tax_are_counted_where_totals_are_equal() -> None:
    totals = ["159300.00", "159300.00", "106000.51", "106000.51", "118000.00", "0.07", "0.07"]
    rows = {"tender_id": list("TTTTTUU"), "bidder_id": list("ABCDEAB"), "bid_id": list("1234567")}
    bids = pl.LazyFrame({**rows, "amount": totals, "currency": "CNY", "status": "valid"})
    found = equal_totals(bids.with_columns(pl.col("amount").cast(pl.Decimal(38, 6)))).sort("bid_id").collect()
    assert found["nonzero_digits"].to_list() == [4, 4, 4, 4, 3, 1, 1]
    assert found["free_digits"].to_list() == [3, 3, 4, 4, 3, 1, 1]
