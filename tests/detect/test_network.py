from datetime import UTC, datetime

import polars as pl
import pytest

from detect.network import MET, SORT_OF, SORTS, network
from records.kinds import KINDS
from records.tables import Market, market_of

YEARS = {"T1": 2021, "T2": 2022, "T3": 2023}


def day(year: int) -> datetime:
    return datetime(year, 5, 1, tzinfo=UTC)


@pytest.fixture
def market() -> Market:
    tenders = pl.DataFrame({"tender_id": list(YEARS), "deadline_at": [day(y) for y in YEARS.values()]})
    bids = pl.DataFrame(
        [("T1", "A", True), ("T1", "B", False), ("T1", "X", False), ("T2", "A", False), ("T2", "B", None),
         ("T3", "A", True), ("T3", "B", False), ("T3", "C", False), ("T2", "X", True)],
        ["tender_id", "bidder_id", "won"], orient="row",
    ).with_columns(bid_id=pl.format("{}{}", "tender_id", "bidder_id"))  # fmt: skip
    held = pl.DataFrame(
        [("A", "T1", "upload_ip", "a", 2021), ("B", "T1", "upload_ip", "a", 2022),
         ("A", None, "phone", "b", 2020), ("Y", None, "phone", "b", 2019),
         ("A", "T1", "boq_lock", "c", 2021), ("B", "T1", "boq_lock", "c", 2021)],
        ["bidder_id", "tender_id", "kind", "value_hash", "year"], orient="row",
    ).with_columns(
        pl.col("value_hash").repeat_by(32).list.join(""),
        observed_at=pl.datetime("year", 5, 1, time_zone="UTC"),
    ).drop("year")  # fmt: skip
    crowd = pl.DataFrame({"bidder_id": ["A", *(f"Z{i}" for i in range(30))]}).with_columns(
        kind=pl.lit("address"), value_hash=pl.lit("d" * 32)
    )
    return market_of(
        tenders=tenders,
        bids=bids,
        bidders=pl.DataFrame({"bidder_id": ["A", "B", "C", "X", "Y"], "name": ["甲", None, "c", "x", "y"]}),
        identifiers=pl.concat([held, crowd], how="diagonal"),
        relations=pl.DataFrame(
            {"from_id": ["C", "E1"], "to_id": ["A", "A"], "kind": ["owns", "recused_from"]}
        ),
        known_values=pl.DataFrame(
            {"listing": ["centre_device"], "kind": ["boq_lock"], "value_hash": ["c" * 32]}
        ),
        subcontracts=pl.DataFrame({"subcontract_id": ["s"], "from_id": ["A"], "to_id": ["Y"]}),
    )  # fmt: skip


def test_every_kind_has_a_sort() -> None:
    assert set(SORT_OF) == set(KINDS)
    assert set(SORT_OF.values()) <= set(SORTS)


def test_firms_say_who_bids_here_and_how_often_elsewhere(market: Market) -> None:
    found = network(market, "T3").firms.rows()
    assert found == [
        ("A", "甲", True, 3, 2),
        ("B", "B", True, 3, 0),
        ("C", "c", True, 1, 0),
        ("X", "x", False, 2, 1),
        ("Y", "y", False, 0, 0),
    ]


def test_ties_are_dated_by_the_side_that_came_later(market: Market) -> None:
    ties = network(market, "T3").ties
    shared = ties.filter(pl.col("sort") != MET).select(
        "bidder_a", "bidder_b", "sort", "kind", "at", "tender_id"
    )
    assert set(shared.rows()) == {
        ("A", "B", "device", "upload_ip", day(2022), "T1"),
        ("A", "Y", "people", "phone", day(2020), None),
        ("A", "C", "owner", "owns", None, None),
        ("A", "Y", "business", "subcontract", None, None),
    }


def test_values_that_a_list_explains_or_many_hold_tie_nobody(market: Market) -> None:
    kinds = set(network(market, "T3").ties["kind"])
    assert not kinds & {"boq_lock", "address", "recused_from"}


def test_meetings_are_one_row_per_tender(market: Market) -> None:
    met = network(market, "T3").ties.filter(sort=MET, bidder_a="A", bidder_b="B")
    assert met["tender_id"].to_list() == ["T1", "T2", "T3"]


def test_a_firm_met_once_is_no_neighbour_and_the_nearest_come_first(market: Market) -> None:
    assert "X" not in network(market, "T3", most=1).firms["bidder_id"].to_list()
    assert network(market, "T3", most=1).left_out == 1
    assert network(market, "T2").firms["bidder_id"].to_list() == ["A", "B", "X", "C", "Y"]


def test_a_tender_without_bids_has_no_network(market: Market) -> None:
    empty = network(market, "NONE")
    assert empty.firms.is_empty()
    assert empty.ties.is_empty()
