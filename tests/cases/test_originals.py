from collections.abc import Callable

import polars as pl
from sqlalchemy import Engine

from cases.closing import duplicate
from cases.database import reading
from cases.intake import post
from cases.originals import originals
from cases.tables import Alert
from detect.kept import Run
from records.tables import Market, market_of


def market(**bidders: str) -> Market:
    rows = [(t, b) for t, of in bidders.items() for b in of]
    bids = pl.DataFrame(rows, ["tender_id", "bidder_id"], orient="row").with_columns(
        bid_id=pl.format("{}-{}", "tender_id", "bidder_id"), batch_id=pl.lit("b")
    )
    return market_of(bids=bids)


def found(engine: Engine, records: Market, hidden: tuple[str, ...] = ()) -> list[tuple[str, int]]:
    with reading(engine) as session:
        alert = session.get(Alert, 1)
    assert alert is not None
    return [(c.alert.subject_id, c.shared) for c in originals(engine, records, alert, hidden)]


def test_the_same_bidders_come_before_the_same_buyer(desk: Engine, run_of: Callable[..., Run]) -> None:
    more = [
        {"id": "T1", "level": 4, "buyer_name": "局"}, {"id": "T2", "level": 3},
        {"id": "T3", "level": 2}, {"id": "T4", "level": 3, "buyer_name": "局"},
        {"id": "T5", "level": 3, "buyer_name": "别局"},
    ]  # fmt: skip
    post(desk, run_of(1, *more), "root")
    records = market(T1="ABC", T2="ABX", T3="ABC", T4="XY", T5="AXY")
    assert found(desk, records) == [("T3", 3), ("T2", 2), ("T4", 0)]
    assert found(desk, records, ("T3",)) == [("T2", 2), ("T4", 0)]


def test_a_duplicate_is_no_original(lite: Engine) -> None:
    records = market(T1="AB", T2="AB", T3="AB")
    assert [t for t, _ in found(lite, records)] == ["T2", "T3"]
    duplicate(lite, "li", 3, 1, 2, "同一事项")
    assert [t for t, _ in found(lite, records)] == ["T2"]
