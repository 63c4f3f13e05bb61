from datetime import UTC, date, datetime

import polars as pl
import pytest

from detect.validity import Validity

LAW = Validity("CN-62", date(2024, 1, 1), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("place", "deadline", "expected"),
    [
        ("CN-62", datetime(2024, 1, 1, tzinfo=UTC), True),
        ("CN-62-01", datetime(2024, 12, 31, 23, tzinfo=UTC), True),
        ("CN-62", datetime(2025, 1, 1, tzinfo=UTC), False),
        ("CN-62", datetime(2023, 12, 31, tzinfo=UTC), False),
        ("CN", datetime(2024, 6, 1, tzinfo=UTC), False),
        ("CN-621", datetime(2024, 6, 1, tzinfo=UTC), False),
        (None, datetime(2024, 6, 1, tzinfo=UTC), False),
        ("CN-62", None, False),
    ],
)
def test_holds(place: str | None, deadline: datetime | None, expected: bool) -> None:
    row = pl.DataFrame({"jurisdiction": [place], "deadline_at": [deadline]}, schema_overrides=TYPES)
    assert row.select(LAW.holds()).item() is expected


TYPES: dict[str, pl.DataType] = {"jurisdiction": pl.String(), "deadline_at": pl.Datetime("us", "UTC")}


def test_what_has_no_end_holds_where_the_deadline_is_unknown() -> None:
    row = pl.DataFrame({"jurisdiction": ["CN-62"], "deadline_at": [None]}, schema_overrides=TYPES)
    assert row.select(LAW._replace(valid_to=None).holds()).item()


def test_periods_that_touch_do_not_overlap() -> None:
    later = Validity("CN-62", date(2025, 1, 1))
    assert not LAW.overlaps(later)
    assert not later.overlaps(LAW)
    assert LAW.overlaps(Validity("CN-62", date(2020, 1, 1)))
    assert not LAW.overlaps(Validity("CN-61", date(2020, 1, 1)))
