from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.features import write_market
from features import scratch
from features.build import Build
from features.catalogue import KEYS, Grain
from records.tables import market_of


def test_frames_in_files_and_in_memory_hold_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_market(tmp_path, 300, 6)
    parts = (part for part in tmp_path.iterdir() if part.is_dir())
    market = market_of(**{part.name: pl.scan_parquet(part / "*.parquet") for part in parts})
    build = Build(market)
    in_memory = {grain: _rows(build, grain) for grain in Grain}
    monkeypatch.setattr(scratch, "LARGE", 1)
    in_files = Build(market)
    assert in_memory[Grain.PAIR].height > 0
    for grain, rows in in_memory.items():
        assert_frame_equal(_rows(in_files, grain), rows, abs_tol=1e-9)


def _rows(build: Build, grain: Grain) -> pl.DataFrame:
    return build.grain(grain).sort(KEYS[grain]).collect()


def test_files_of_a_task_go_away_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "LARGE", 0)
    with scratch.within(tmp_path):
        kept = scratch.keeper(market_of())(pl.LazyFrame({"a": [1]}))
        assert kept.collect()["a"].to_list() == [1]
        assert len(list(tmp_path.rglob("*.parquet"))) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("at_once", "portions"), [(10, 1), (3, 4), (1, 10)])
def test_rows_are_dealt_to_portions_that_keep_a_value_together(at_once: int, portions: int) -> None:
    rows = pl.LazyFrame(
        {"of": [1, 2, 3, 4, 5, 1, 2, 3, 4], "n": range(9)}, schema_overrides={"of": pl.UInt64}
    )
    dealt = [some.collect() for some in scratch.dealt(rows, "of", at_once)]
    assert 1 <= len(dealt) <= portions
    assert sum(some["of"].n_unique() for some in dealt) == 5
    assert_frame_equal(pl.concat(dealt).sort("n"), rows.collect())
