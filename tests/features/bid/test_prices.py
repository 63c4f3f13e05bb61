import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of


def test_places_of_a_bid_among_the_valid_ones() -> None:
    bids = pl.DataFrame(
        {
            "bid_id": ["a", "b", "c", "d", "e"],
            "tender_id": ["T", "T", "T", "T", "S"],
            "bidder_id": ["A", "B", "C", "D", "A"],
            "amount": [100, 120, 120, 90, 50],
            "status": ["valid", "valid", "valid", "disqualified", "valid"],
            "batch_id": "x",
        }
    )
    tenders = pl.DataFrame({"tender_id": ["T", "S"], "ceiling": [200, None], "batch_id": "x"})
    frame = Build(market_of(tenders=tenders, bids=bids)).grain(Grain.BID).sort("bid_id").collect()
    names = ("price", "bid_rank_fraction", "bid_to_lowest", "bid_to_mean", "bid_to_ceiling", "bid_position")
    mean = 340 / 3
    expected = [
        (100.0, 0.0, 1.0, 100 / mean, 0.5, 0.0),
        (120.0, 0.75, 1.2, 120 / mean, 0.6, 1.0),
        (120.0, 0.75, 1.2, 120 / mean, 0.6, 1.0),
        (None,) * 6,
        (50.0, None, 1.0, 1.0, None, None),
    ]
    assert frame.select(names).rows() == [pytest.approx(row) for row in expected]


def test_a_bid_against_the_estimate() -> None:
    bids = pl.DataFrame(
        {
            "bid_id": ["a", "b"], "tender_id": ["T", "S"], "bidder_id": ["A", "B"],
            "amount": [120, 90], "batch_id": "x",
        }
    )  # fmt: skip
    tenders = pl.DataFrame({"tender_id": ["T", "S"], "estimate": [100, None], "batch_id": "x"})
    frame = Build(market_of(tenders=tenders, bids=bids)).grain(Grain.BID).sort("bid_id").collect()
    assert frame.select("bid_to_estimate", "bid_over_estimate").rows() == [
        (1.2, pytest.approx(0.2)), (None, None),
    ]  # fmt: skip
