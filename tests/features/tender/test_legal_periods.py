from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of


def at(day: int, hour: int = 1, month: int = 5) -> datetime:
    return datetime(2024, month, day, hour, tzinfo=UTC)


def periods(amendments: list[dict[str, Any]] | None = None, **tender: Any) -> dict[str, Any]:
    tables = {"tenders": pl.DataFrame([{"tender_id": "T", "batch_id": "x"} | tender])}
    if amendments:
        rows = [
            {"amendment_id": str(i), "tender_id": "T", "batch_id": "x"} | a for i, a in enumerate(amendments)
        ]
        tables["amendments"] = pl.DataFrame(rows, infer_schema_length=None)
    return Build(market_of(**tables)).grain(Grain.TENDER).collect().row(0, named=True)


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("document_sale_days", "documents"),
        ("prequalification_sale_days", "prequalification"),
        ("publicity_days", "publicity"),
    ],
)
def test_both_ends_of_a_prescribed_period_count(column: str, name: str) -> None:
    assert periods(None, **{f"{name}_from": at(1), f"{name}_to": at(5)})[column] == 5
    assert periods(None, **{f"{name}_from": at(1)})[column] is None


def test_days_change_at_midnight_in_china() -> None:
    assert periods(documents_from=at(1, 15), documents_to=at(1, 17))["document_sale_days"] == 2


def test_a_clarification_counts_to_the_deadline_as_it_stood_in_the_end() -> None:
    told = [{"published_at": at(3), "affects_bids": True}, {"published_at": at(9), "affects_bids": False}]
    assert periods(told, deadline_at=at(18))["clarification_days"] == 15
    assert periods(told, deadline_at=at(18), clarified_at=at(4))["clarification_days"] == 14


@pytest.mark.parametrize(
    "tender",
    [{}, {"clarified_at": at(4)}, {"deadline_at": at(4)}, {"clarified_at": at(4), "deadline_at": at(3)}],
)
def test_without_a_clarification_before_the_deadline_there_is_no_period(tender: dict[str, Any]) -> None:
    assert periods(**tender)["clarification_days"] is None
