from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from features.tie.upload_gap import upload_gap

START = datetime(2024, 5, 19, 8, 30, tzinfo=UTC)


def gap(*uploads: tuple[str, datetime | None]) -> list[float]:
    shared = pl.LazyFrame({"tender_id": ["T", "T"], "bidder_a": ["A", "A"], "bidder_b": ["B", "B"]})
    entrants = pl.LazyFrame(
        {
            "tender_id": ["T"] * len(uploads),
            "bidder_id": [f for f, _ in uploads],
            "submitted_at": [at for _, at in uploads],
        },
        schema_overrides={"submitted_at": pl.Datetime("us", "UTC")},
    )
    close = shared.clear()
    return upload_gap(shared, close, entrants).collect()["upload_gap_minutes"].to_list()


def test_the_closest_two_uploads_count() -> None:
    later = START + timedelta(minutes=95)
    assert gap(("A", START), ("B", later), ("A", later + timedelta(seconds=30))) == [pytest.approx(0.5)]


def test_the_order_of_uploads_does_not_matter() -> None:
    assert gap(("A", START), ("B", START - timedelta(minutes=7))) == [7.0]


@pytest.mark.parametrize("at", [None, START.replace(minute=0), START.replace(hour=0, minute=0)])
def test_times_without_minutes_are_not_compared(at: datetime | None) -> None:
    assert gap(("A", at), ("B", at)) == []
