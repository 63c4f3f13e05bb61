from datetime import UTC, date, datetime

import polars as pl

from detect.rates import RATES, rates
from detect.terms import State


def _states(**states: list[str]) -> pl.LazyFrame:
    told = pl.LazyFrame({"tender_id": [f"T{i}" for i in range(4)], **states})
    return told.with_columns(pl.exclude("tender_id").cast(pl.Enum([s.value for s in State])))


TENDERS = pl.LazyFrame(
    {
        "tender_id": ["T0", "T1", "T2", "T3"],
        "deadline_at": [
            datetime(2024, 1, 31, tzinfo=UTC),
            datetime(2024, 1, 1, tzinfo=UTC),
            datetime(2024, 3, 1, tzinfo=UTC),
            None,
        ],
    },
    schema_overrides={"deadline_at": pl.Datetime("us", "UTC")},
)


def test_what_could_not_be_judged_lowers_no_rate() -> None:
    states = _states(
        Q01=["hit", "clear", "not_evaluable", "hit"], Q02=["not_evaluable", "hit", "not_applicable", "hit"]
    )
    assert rates(states, TENDERS).rows() == [("Q01", date(2024, 1, 1), 1, 2), ("Q02", date(2024, 1, 1), 1, 1)]


def test_each_month_stands_for_itself() -> None:
    found = rates(_states(Q01=["hit", "hit", "clear", "hit"]), TENDERS)
    assert found.schema == RATES
    assert found.rows() == [("Q01", date(2024, 1, 1), 2, 2), ("Q01", date(2024, 3, 1), 0, 1)]
