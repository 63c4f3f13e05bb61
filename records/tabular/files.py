"""Reading CSV, Parquet and XLSX files as text, whatever their encoding and separator."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import fastexcel
import polars as pl

from records.source import UNREADABLE, BadInput

ROW = "row of the file"
"""Name of the column that numbers rows as a spreadsheet does: the header is row 1."""

SUFFIXES = (".csv", ".tsv", ".parquet", ".xlsx")
_ENCODINGS = ("utf-8-sig", "gb18030")
_SEPARATORS = ",;\t|"


def data_files(folder: Path) -> list[Path]:
    """The files of a folder that can be read as tables, in order of name."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)


def read_table(path: Path, sheet: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read one file: its rows, numbered in column `ROW`, and the rows that could not be read.

    CSV and XLSX come as text, Parquet with its types.

    Raises:
        BadInput: the file cannot be read at all.

    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            return _numbered(pl.read_parquet(path)), UNREADABLE.to_frame()
        if suffix == ".xlsx":
            return _numbered(_sheet(path, sheet)), UNREADABLE.to_frame()
        return _delimited(path)
    except (pl.exceptions.PolarsError, fastexcel.FastExcelError, OSError) as error:
        raise BadInput(
            f"The file cannot be read: {error}", str(path), "Save it again or leave it out."
        ) from error


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_row_index(ROW, offset=2)


def _sheet(path: Path, sheet: str | None) -> pl.DataFrame:
    names = fastexcel.read_excel(path).sheet_names
    if sheet is not None and sheet not in names:
        raise BadInput(f"The book has no sheet {sheet!r}", str(path), f"Its sheets are {names}.")
    return pl.read_excel(path, sheet_name=sheet or names[0], infer_schema_length=0)


def _delimited(path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    text = _text(path)
    header = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=header.count)
    try:
        frame = pl.read_csv(text.encode(), separator=separator, infer_schema=False)
    except pl.exceptions.ComputeError:
        return _row_by_row(text, separator, path)
    return _numbered(frame), UNREADABLE.to_frame()


def _text(path: Path) -> str:
    """The text of a file in UTF-8, with or without a mark, or in GB 18030."""
    content = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("The file is neither UTF-8 nor GB 18030", str(path), "Save it as UTF-8.")


def _row_by_row(text: str, separator: str, path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read what the fast way refuses, setting aside the rows whose number of fields is wrong."""
    rows: Iterator[list[str]] = csv.reader(StringIO(text, newline=""), delimiter=separator)
    header = next(rows, [])
    numbered = [(i, row) for i, row in enumerate(rows, 2) if row]
    good = [(i, row) for i, row in numbered if len(row) == len(header)]
    wrong = [
        (path.name, f"row {i}", f"has {len(row)} fields, the header {len(header)}", separator.join(row))
        for i, row in numbered
        if len(row) != len(header)
    ]
    columns = {name: [row[c] or None for _, row in good] for c, name in enumerate(header)}
    numbers = pl.Series(ROW, [i for i, _ in good], dtype=pl.UInt32)
    frame = pl.DataFrame({ROW: numbers} | columns, schema_overrides=dict.fromkeys(header, pl.String))
    return frame, pl.DataFrame(wrong, UNREADABLE, orient="row")
