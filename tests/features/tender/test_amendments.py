from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

COLUMNS = ("n_amendments", "n_postponements", "n_late_amendments", "n_late_rule_changes")


def at(day: int, month: int = 5) -> datetime:
    return datetime(2024, month, day, 1, tzinfo=UTC)


def counts(*amendments: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    tenders = pl.DataFrame(
        {
            "tender_id": ["early", "T", "later", "abroad"],
            "jurisdiction": ["CN-62", "CN-62", "CN-62", "DO"],
            "published_at": [at(1, 3), at(1), at(1, 6), at(1, 6)],
            "deadline_at": [at(1, 4), at(31), at(30, 6), at(30, 6)],
            "batch_id": ["x"] * 4,
        }
    )
    rows = [{"amendment_id": str(i), "tender_id": "T", "batch_id": "x"} | a for i, a in enumerate(amendments)]
    made = market_of(tenders=tenders, amendments=pl.DataFrame(rows, infer_schema_length=None))
    frame = Build(made).grain(Grain.TENDER).select("tender_id", *COLUMNS).collect()
    return {row[0]: row[1:] for row in frame.rows()}


def test_amendments_before_the_deadline_are_counted() -> None:
    found = counts(
        {"published_at": at(3), "kind": "clarification", "touches": "scope"},
        {"published_at": at(16), "kind": "change", "touches": "scoring;scope"},
        {"published_at": at(17), "kind": "postponement", "touches": "deadline"},
        {"published_at": at(18), "new_deadline_at": at(31), "touches": "qualification"},
        {"published_at": at(2, 6)},
    )
    assert found["T"] == (4, 2, 2, 1)


def test_none_is_told_from_unknown() -> None:
    found = counts({"published_at": at(3), "touches": "scope"})
    assert found["later"] == (0, 0, 0, 0)
    assert found["early"] == found["abroad"] == (None, None, None, None)


def test_what_a_late_change_touches_may_be_unknown() -> None:
    assert counts({"published_at": at(20)})["T"] == (1, 0, 1, None)
    assert counts({"published_at": at(3)})["T"] == (1, 0, 0, 0)
    assert counts({"published_at": at(20)}, {"published_at": at(21), "touches": "scoring"})["T"][3] == 1


@pytest.mark.parametrize(("day", "late"), [(16, 0), (17, 1)])
def test_fifteen_days_before_the_deadline_are_in_time(day: int, late: int) -> None:
    assert counts({"published_at": at(day), "touches": "scoring"})["T"][2:] == (late, late)
