import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks import peers
from benchmarks.features import write_market


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market")
    write_market(folder, 200, 0)
    peers.screens(folder)
    return folder


@pytest.mark.parametrize("script", [peers.screens_polars, peers.screens_pandas])
def test_the_scripts_compute_the_screens_that_they_are_timed_against(script, market: Path) -> None:  # type: ignore[no-untyped-def]
    script(market)
    theirs = pl.read_parquet(market / f"{script.__name__}.parquet")
    ours = pl.read_parquet(market / "screens.parquet")
    for name in ("bid_cv", "bid_spread", "bid_gap", "relative_distance", "lowest_to_estimate"):
        both = (
            ours.select("tender_id", mine=name)
            .join(theirs.select("tender_id", name), on="tender_id")
            .drop_nulls()
        )
        assert both.height > 50
        assert_frame_equal(both.select("mine"), both.select(mine=name))


def test_each_copy_of_a_release_is_a_process_of_its_own(tmp_path: Path) -> None:
    file, many = tmp_path / "one.jsonl", tmp_path / "many.jsonl"
    file.write_text('{"ocid":"ocds-1","id":"a"}\n{"ocid": "ocds-2","id":"b"}\n')
    peers.repeat(file, 3, many)
    assert len({json.loads(line)["ocid"] for line in many.read_text().splitlines()}) == 6
