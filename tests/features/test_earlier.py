from datetime import UTC, datetime

import polars as pl

from features.earlier import count_before


def day(d: int) -> datetime:
    return datetime(2020, 1, d, tzinfo=UTC)


def test_only_what_was_known_strictly_before_counts() -> None:
    events = pl.LazyFrame({"firm": ["A", "A", "A", "B"], "known_at": [day(3), day(3), None, day(1)]})
    asked = pl.LazyFrame(
        {"row": [1, 2, 3, 4, 5], "firm": ["A", "A", "B", "C", "A"],
         "deadline_at": [day(3), day(4), day(2), day(9), None]}
    )  # fmt: skip
    counted = count_before(asked, events, by=["firm"], name="n").select("row", "n").collect().rows()
    assert dict(counted) == {1: 0, 2: 2, 3: 1, 4: 0, 5: None}
