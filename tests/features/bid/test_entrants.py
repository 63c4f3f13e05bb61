import polars as pl

from features.build import Build
from features.catalogue import Grain
from records.tables import Market, market_of


def market() -> Market:
    bids = [
        ("T", "1", "A", None),
        ("T", "2", "B", "valid"),
        ("T", "3", "D", "withdrawn"),
        ("U", "4", "A", None),
    ]
    members = [("1", "A"), ("1", "C"), ("2", "B"), ("2", "C"), ("9", "Z")]
    return market_of(
        tenders=pl.DataFrame({"tender_id": ["T", "U"], "batch_id": "b"}),
        bids=pl.DataFrame(
            bids, schema=["tender_id", "bid_id", "bidder_id", "status"], orient="row"
        ).with_columns(batch_id=pl.lit("b")),
        consortium_members=pl.DataFrame(members, schema=["bid_id", "bidder_id"], orient="row").with_columns(
            tender_id=pl.lit("T"), batch_id=pl.lit("b")
        ),
    )


def test_leads_and_members_stand_behind_bids() -> None:
    rows = Build(market()).table("entrants").select("bid_id", "bidder_id", "joint", "withdrawn").collect()
    assert set(rows.rows()) == {
        ("1", "A", True, False),
        ("1", "C", True, False),
        ("2", "B", True, False),
        ("2", "C", True, False),
        ("3", "D", False, True),
        ("4", "A", False, False),
    }


def test_firms_are_counted_once_per_tender() -> None:
    frame = Build(market()).grain(Grain.TENDER).select("tender_id", "n_firms").sort("tender_id").collect()
    assert frame.rows() == [("T", 4), ("U", 1)]


def test_firms_behind_several_bids() -> None:
    frame = Build(market()).grain(Grain.BID).select("bid_id", "repeat_firms", "repeat_joint_firms").collect()
    assert frame.sort("bid_id").rows() == [("1", 1, 1), ("2", 1, 1), ("3", None, None), ("4", 0, 0)]
