from pathlib import Path

import polars as pl
import pytest

from records.merge import rows_at, stored, upsert
from records.tables import conform

BEFORE = pl.DataFrame({"tender_id": ["T1", "T2"], "title": ["a", "b"], "batch_id": ["x", "x"]})


@pytest.mark.parametrize("rows", [{"T3": "c"}, {"T1": "z"}, {"T1": "z", "T3": "c"}])
def test_a_table_made_before_a_column_existed_goes_on_working(tmp_path: Path, rows: dict[str, str]) -> None:
    folder, scratch = tmp_path / "tenders", tmp_path / "scratch"
    scratch.mkdir()
    old = stored(conform("tenders", BEFORE)).drop("retender_of", "base_price").collect()
    old.write_delta(str(folder))
    told = {"tender_id": list(rows), "title": list(rows.values()), "retender_of": ["T0"] * len(rows)}
    new = stored(conform("tenders", pl.DataFrame(told).with_columns(batch_id=pl.lit("y"))))

    change = upsert(folder, "tenders", new, 0, scratch)

    assert (change.inserted, change.updated) == (int("T3" in rows), int("T1" in rows))
    assert change.version is not None
    after = rows_at(folder, change.version).select("tender_id", "title", "retender_of").collect()
    assert dict(zip(after["tender_id"], after["title"], strict=True)) == {"T1": "a", "T2": "b"} | rows
    assert dict(zip(after["tender_id"], after["retender_of"], strict=True)) == {
        "T1": None, "T2": None,
    } | dict.fromkeys(rows, "T0")  # fmt: skip
