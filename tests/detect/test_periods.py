import polars as pl

from detect.periods import graded
from detect.terms import Level


def test_without_a_jurisdiction_no_period_is_known() -> None:
    frame = pl.DataFrame({"short": [True], "must": [True], "at": [None]}, schema_overrides={"at": pl.String})
    levels = graded(*map(pl.col, frame.columns))
    found = frame.select(e.alias(k.name) for k, e in levels.items())
    assert set(levels) == {Level.RED, Level.INFO}
    assert found.row(0) == (None, None)
