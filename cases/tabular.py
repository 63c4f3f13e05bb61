"""Frames as people open them elsewhere: CSV and XLSX in which text stays text and numbers stay numbers."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any

import polars as pl
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from records.visible import visible_column

LONGEST = 32_000
"""Characters of one cell; Excel takes 32,767."""

MOST_ROWS = 1_048_575
"""Rows of one sheet below its head; what is more goes on to the next."""

_TIME = "yyyy-mm-dd hh:mm:ss"


def flat(frame: pl.DataFrame, zone: str = "UTC") -> pl.DataFrame:
    """Lists joined, money as numbers, times as clocks in `zone` show them, no text that is a formula.

    >>> flat(pl.DataFrame({"a": [["x", "=y"]], "b": ["=1"]})).rows()
    [('x, =y', "'=1")]
    """
    return frame.with_columns(_flat(name, dtype, zone) for name, dtype in frame.schema.items())


def _flat(name: str, dtype: pl.DataType, zone: str) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.List):
        column = column.cast(pl.List(pl.String)).list.join(", ", ignore_nulls=True)
    elif isinstance(dtype, pl.Datetime):
        return column.dt.convert_time_zone(zone).dt.replace_time_zone(None) if dtype.time_zone else column
    elif dtype.is_decimal():
        return column.cast(pl.Float64)
    elif dtype.is_numeric() or dtype.is_temporal() or dtype == pl.Boolean:
        return column
    text = visible_column(column.cast(pl.String))
    return pl.when(text.str.len_chars() > LONGEST).then(text.str.head(LONGEST) + "…").otherwise(text)


def write_csv(chunks: Iterable[pl.DataFrame], labels: Sequence[str], file: IO[bytes], zone: str) -> int:
    """Write flat chunks of one table as CSV in UTF-8 with a mark that Excel knows; gives back the rows."""
    head = pl.DataFrame([[label] for label in labels], schema=[f"c{n}" for n in range(len(labels))])
    file.write(b"\xef\xbb\xbf")
    _csv(head, file)
    rows = 0
    for chunk in chunks:
        _csv(flat(chunk, zone), file)
        rows += chunk.height
    return rows


def _csv(frame: pl.DataFrame, file: IO[bytes]) -> None:
    # Text is quoted whatever it holds: a reader that splits at semicolons makes no new cells of it.
    frame.write_csv(
        file, include_header=False, quote_style="non_numeric", line_terminator="\r\n",
        datetime_format="%Y-%m-%d %H:%M:%S",
    )  # fmt: skip


@contextmanager
def workbook(file: IO[bytes], created: datetime, *, streamed: bool = False) -> Iterator["Book"]:
    """An xlsx workbook; the same content and `created` give the same bytes.

    With `streamed`, rows go to temporary files as they come, so that a million of them need no memory.
    """
    options = {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "constant_memory": streamed, "in_memory": not streamed,
    }  # fmt: skip
    book = xlsxwriter.Workbook(file, options)
    book.set_properties({"created": created.replace(tzinfo=None)})
    try:
        yield Book(book)
    finally:
        book.close()


class Book:
    """The sheets of an open workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._time = book.add_format({"num_format": _TIME})

    def note(self, name: str, lines: Sequence[str]) -> None:
        """A sheet of plain lines."""
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, 110, self._book.add_format({"text_wrap": True, "valign": "top"}))
        for n, line in enumerate(flat(pl.DataFrame({"line": list(lines)}))["line"]):
            sheet.write_string(n, 0, line)

    def sheet(
        self, name: str, labels: Sequence[str], chunks: Iterable[pl.DataFrame], zone: str = "UTC"
    ) -> int:
        """A table, as many sheets as it needs; gives back its rows."""
        sheet, row, rows, part = self._headed(name, labels), 0, 0, 1
        for chunk in chunks:
            told = flat(chunk, zone)
            writers = [self._writer(dtype) for dtype in told.dtypes]
            for values in told.iter_rows():
                if row == MOST_ROWS:
                    part, row = part + 1, 0
                    sheet = self._headed(f"{name} {part}", labels)
                row += 1
                for column, value in enumerate(values):
                    if value is not None:
                        writers[column](sheet, row, column, value)
            rows += chunk.height
        return rows

    def _headed(self, name: str, labels: Sequence[str]) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(labels) - 1, 0), 18)
        for column, label in enumerate(labels):
            sheet.write_string(0, column, label, self._bold)
        return sheet

    def _writer(self, dtype: pl.DataType) -> Any:
        if dtype.is_temporal():
            return lambda s, r, c, v: s.write_datetime(r, c, v, self._time)
        if dtype == pl.Boolean:
            return lambda s, r, c, v: s.write_boolean(r, c, v)
        if dtype.is_numeric():
            # Infinity and what is no number have no cell of their own.
            return lambda s, r, c, v: s.write_number(r, c, v) if v - v == 0 else None
        return lambda s, r, c, v: s.write_string(r, c, v)
