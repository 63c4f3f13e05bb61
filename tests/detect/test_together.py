from datetime import UTC, datetime

import polars as pl
import pytest

from detect.together import together
from records.tables import Market, market_of

BIDS = [("T1", "A", 9, True), ("T1", "B", 10, False), ("T2", "A", 8, False), ("T2", "X", 7, True),
        ("T3", "A", 5, False), ("T3", "B", 6, False), ("T3", "X", 4, True), ("T4", "A", 1, None),
        ("T4", "B", 2, None), ("T5", "A", 1, True), ("T5", "B", 2, False)]  # fmt: skip


@pytest.fixture
def market() -> Market:
    tenders = pl.DataFrame(
        {"tender_id": ["T1", "T2", "T3", "T4", "T5"], "title": ["one", None, None, None, None],
         "deadline_at": [datetime(2020 + i, 1, 1, tzinfo=UTC) for i in range(5)], "estimate": [11] * 5}
    )  # fmt: skip
    bids = pl.DataFrame(BIDS, ["tender_id", "bidder_id", "amount", "won"], orient="row").with_columns(
        bid_id=pl.format("{}{}", "tender_id", "bidder_id")
    )
    names = pl.DataFrame({"bidder_id": ["A", "X"], "name": ["甲", "x"]})
    return market_of(tenders=tenders, bids=bids, bidders=names)


def test_earlier_meetings_with_winner_and_price(market: Market) -> None:
    found, total = together(market, "T4")
    assert total == 2
    told = found.select("tender_id", "met", "n_bids", "winner", "won_by_one", pl.col("price").cast(float))
    assert told.rows() == [
        ("T3", ["B", "甲"], 3, "x", False, 4.0),
        ("T1", ["B", "甲"], 2, "甲", True, 9.0),
    ]


def test_the_list_is_cut_and_says_so(market: Market) -> None:
    found, total = together(market, "T5", most=1)
    assert (found["tender_id"].to_list(), total) == (["T4"], 3)
    assert found["winner"].to_list() == found["won_by_one"].to_list() == [None]


def test_nothing_later_and_nothing_of_one_alone_counts(market: Market) -> None:
    found, total = together(market, "T2")
    assert (found.height, total) == (0, 0)


def test_without_a_deadline_nothing_is_earlier(market: Market) -> None:
    undated = market_of(
        tenders=market.tenders.with_columns(pl.lit(None).alias("deadline_at")), bids=market.bids
    )
    assert together(undated, "T4")[1] == 0
