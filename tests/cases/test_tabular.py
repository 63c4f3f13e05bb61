import csv
import io
from datetime import UTC, datetime

import openpyxl
import polars as pl
import pytest

from cases import tabular
from cases.tabular import flat, workbook, write_csv

AT = datetime(2026, 1, 5, tzinfo=UTC)
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@A1",
    "\t=1",
    "\tx",
    "\r=1",
    "\n=1",
    " =1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "\ufeff=1",
]


def _csv(frame: pl.DataFrame) -> list[list[str]]:
    kept = io.BytesIO()
    write_csv([frame], frame.columns, kept, "UTC")
    return list(csv.reader(io.StringIO(kept.getvalue().decode("utf-8-sig"), newline="")))


def _xlsx(*frames: pl.DataFrame, streamed: bool = False) -> openpyxl.Workbook:
    kept = io.BytesIO()
    with workbook(kept, AT, streamed=streamed) as book:
        book.sheet("rows", frames[0].columns, frames)
    return openpyxl.load_workbook(kept)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_begins_a_formula(text: str) -> None:
    frame = pl.DataFrame({"text": [text]})
    cell = _xlsx(frame)["rows"].cell(2, 1)
    assert cell.data_type == "s"
    for shown in (_csv(frame)[1][0], str(cell.value)):
        assert shown[0] not in "=+-@＝＋－＠\t\r\n "


def test_numbers_stay_numbers_and_nothing_stays_nothing() -> None:
    frame = pl.DataFrame(
        {"n": [-5, None], "x": [-0.5, None], "d": [pl.Series(["1.25"]).cast(pl.Decimal(38, 6))[0], None]}
    )
    sheet = _xlsx(frame)["rows"]
    assert [c.value for c in sheet[2]] == [-5, -0.5, 1.25]
    assert [c.data_type for c in sheet[2]] == ["n"] * 3
    assert [c.value for c in sheet[3]] == [None] * 3
    assert _csv(frame)[1:] == [["-5", "-0.5", "1.25"], ["", "", ""]]


def test_infinity_has_no_cell() -> None:
    assert _xlsx(pl.DataFrame({"x": [float("inf"), float("nan"), 1.0]}))["rows"].cell(2, 1).value is None


def test_text_is_quoted_whatever_separates_elsewhere() -> None:
    kept = io.BytesIO()
    write_csv([pl.DataFrame({"a": ['x;=1+1,"y"']})], ["a"], kept, "UTC")
    assert kept.getvalue() == '\ufeff"a"\r\n"x;=1+1,""y"""\r\n'.encode()


def test_times_are_those_of_the_zone() -> None:
    frame = pl.DataFrame({"at": [datetime(2026, 1, 5, 1, tzinfo=UTC)]})
    assert flat(frame, "Asia/Shanghai")["at"][0] == datetime(2026, 1, 5, 9)
    assert _xlsx(frame)["rows"].cell(2, 1).is_date


def test_a_cell_takes_no_more_than_excel_does() -> None:
    assert len(flat(pl.DataFrame({"a": ["长" * 50_000]}))["a"][0]) == tabular.LONGEST + 1


@pytest.mark.parametrize("streamed", [False, True])
def test_more_rows_than_a_sheet_takes_go_on_to_the_next(
    monkeypatch: pytest.MonkeyPatch, streamed: bool
) -> None:
    monkeypatch.setattr(tabular, "MOST_ROWS", 3)
    frames = [pl.DataFrame({"n": [1, 2]}), pl.DataFrame({"n": [3, 4, 5]}), pl.DataFrame({"n": [6, 7]})]
    book = _xlsx(*frames, streamed=streamed)
    assert book.sheetnames == ["rows", "rows 2", "rows 3"]
    assert [c.value for s in book for c in s["A"]] == ["n", 1, 2, 3, "n", 4, 5, 6, "n", 7]
