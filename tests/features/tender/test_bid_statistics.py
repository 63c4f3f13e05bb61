import polars as pl

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of


def test_only_valid_priced_bids_in_the_tenders_currency_count() -> None:
    bids = pl.DataFrame(
        [
            ("T1", 100, "valid", "CNY"),
            ("T1", 120, None, None),
            ("T1", 90, "disqualified", "CNY"),
            ("T1", 80, "withdrawn", "CNY"),
            ("T1", None, "valid", "CNY"),
            ("T1", 10, "valid", "USD"),
            ("T2", 100, "valid", "CNY"),
            ("T2", 110, "valid", "USD"),
            ("T3", 100, "valid", "USD"),
            ("T3", 110, "valid", None),
        ],
        schema=["tender_id", "amount", "status", "currency"],
        orient="row",
    ).with_row_index("i").select(
        pl.exclude("i"), bid_id=pl.format("B{}", "i"), bidder_id=pl.format("F{}", "i"), batch_id=pl.lit("x")
    )  # fmt: skip
    tenders = pl.DataFrame(
        {"tender_id": ["T1", "T2", "T3", "T4"], "currency": ["CNY", None, None, "CNY"], "batch_id": "x"}
    )
    rows = Build(market_of(tenders=tenders, bids=bids)).grain(Grain.TENDER).sort("tender_id").collect()
    found = rows.select("n_bids", "n_valid", "lowest_bid", "highest_bid").rows()
    assert found == [
        (6, 2, 100.0, 120.0),
        (2, 0, None, None),
        (2, 2, 100.0, 110.0),
        (None, None, None, None),
    ]
