from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from features.tender.few_bids import ENOUGH
from records.tables import market_of


def places(n_bids: list[int], **of_lot: Any) -> list[float | None]:
    """Tenders with so many bids, one a day."""
    ids = [f"T{i:04}" for i in range(len(n_bids))]
    days = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range(len(n_bids))]
    given = {"category": "C", "procurement_method": "open", "estimate": 5000, **of_lot}
    tenders = pl.DataFrame({"tender_id": ids, "deadline_at": days, "batch_id": "b"}).with_columns(
        **{name: pl.Series(v) if isinstance(v, list) else pl.lit(v) for name, v in given.items()}
    )
    rows = [(f"{t}-{i}", t, f"F{i}") for t, n in zip(ids, n_bids, strict=True) for i in range(n)]
    bids = pl.DataFrame(rows, schema=["bid_id", "tender_id", "bidder_id"], orient="row")
    market = market_of(tenders=tenders, bids=bids.with_columns(batch_id=pl.lit("b")))
    return Build(market).grain(Grain.TENDER).sort("tender_id").collect()["few_bids_place"].to_list()


def test_few_bids_are_rare_where_many_are_usual() -> None:
    found = places([5] * 98 + [1] * 2 + [1, 2, 5])
    assert found[:ENOUGH] == [None] * ENOUGH
    assert found[ENOUGH:] == pytest.approx([3 / 101, 4 / 102, 1.0])


def test_a_tender_without_a_bid_on_record_has_no_place() -> None:
    assert places([5] * 100 + [0])[-1] is None


@pytest.mark.parametrize(
    "other",
    [
        {"category": ["C"] * 100 + ["D"]},
        {"procurement_method": ["open"] * 100 + ["direct"]},
        {"estimate": [5000] * 100 + [50_000]},
    ],
)
def test_other_sorts_of_tender_are_no_measure(other: dict[str, Any]) -> None:
    assert places([5] * 100 + [1], **other)[-1] is None


def test_what_is_not_on_record_is_alike() -> None:
    assert places([5] * 100 + [1], category=None, estimate=None)[-1] == pytest.approx(1 / 101)
