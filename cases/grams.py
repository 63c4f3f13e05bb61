"""An index for the search box: two characters of any script together, or three of ASCII.

Chinese is written without spaces, and a tender's number is looked for by its last digits; so the index keeps
parts of words instead of words. Which rows it names are candidates: `cases.search` looks at their text again,
so that two parts that happen to share a number, or stand apart, do no harm. The one thing that differs from
one kind of database to another is how such an index is kept: FTS5 in SQLite, GIN in PostgreSQL.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from sqlalchemy import ARRAY, Integer, Select, String, bindparam, cast, column, literal, select, table, text
from sqlalchemy.orm import Session

from cases.rows import CHUNK, insert_rows, is_postgresql

SOUGHT = table("sought", column("alert_id", Integer), column("grams", ARRAY(Integer)))
"""In PostgreSQL with an array; in SQLite `alert_id` is the row's number and `grams` a text of numbers."""

_LARGEST = 0x7FFFFFFF


def grams(texts: pl.Series) -> pl.Series:
    """The numbers of all parts of each text, once each, in order.

    >>> grams(pl.Series(["道路 a1", "ab"])).list.len().to_list(), parts("道路") == parts("路道")
    ([1, 0], False)
    """
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32).astype(np.int64)
    row = np.repeat(np.arange(len(texts)), texts.str.len_chars())
    blank, wide = codes <= ord(" "), codes > _ASCII
    two = (row[1:] == row[:-1]) & ~blank[1:] & ~blank[:-1]
    any_wide = wide[1:] | wide[:-1]
    three = two[1:] & two[:-1] & ~any_wide[1:] & ~any_wide[:-1]
    pairs, triples = np.flatnonzero(two & any_wide), np.flatnonzero(three)
    of_pairs = codes[pairs] * _SPREAD + codes[pairs + 1]
    of_triples = (codes[triples] << 14) + (codes[triples + 1] << 7) + codes[triples + 2]
    number = np.concatenate([of_pairs & _LARGEST, of_triples])
    each = np.sort(np.concatenate([row[pairs], row[triples]]) << 31 | number)
    each = each[np.diff(each, prepend=-1) > 0]
    ends = np.searchsorted(each >> 31, np.arange(len(texts) + 1)).astype(np.int64)
    numbers = (each & _LARGEST).astype(np.int32)
    return pl.Series("grams", pa.LargeListArray.from_arrays(_as_arrow(ends), _as_arrow(numbers)))


def _as_arrow(x: npt.NDArray[Any]) -> pa.Array:
    """The same memory as `pyarrow.array` would use, which first loads pandas to ask whether `x` is of it."""
    return pa.Array.from_buffers(pa.from_numpy_dtype(x.dtype), x.size, [None, pa.py_buffer(x)])


_ASCII, _SPREAD = 127, 65_599
"""A prime above the numbers of almost all characters, so that few parts share a number."""


def parts(word: str) -> list[int]:
    """What rows with this word have; nothing for a word that is too short to tell."""
    found: list[int] = grams(pl.Series([word]))[0].to_list()
    return found


def holding(session: Session, sought: list[int]) -> Select[Any]:
    """Ids of the alerts whose text has all these parts: `alert_id`."""
    if is_postgresql(session):
        given = cast(literal(sought, ARRAY(Integer)), ARRAY(Integer))
        return select(SOUGHT.c.alert_id).where(SOUGHT.c.grams.op("@>")(given))
    match = column("sought").op("MATCH")(literal(" ".join(map(str, sought)), String))
    return select(column("rowid", Integer).label("alert_id")).select_from(table("sought")).where(match)


def keep(session: Session, words: pl.DataFrame) -> None:
    """Take up the texts of alerts that are not in the index: `alert_id, words`."""
    for part in words.iter_slices(CHUNK):
        listed = part.select("alert_id").with_columns(grams(part["words"]))
        if is_postgresql(session):
            insert_rows(session, "sought", listed.with_columns(_array(pl.col("grams"))))
        else:
            numbered = listed.select(_text(pl.col("grams")), rowid="alert_id")
            insert_rows(session, "sought", numbered)


def drop(session: Session, words: pl.DataFrame) -> None:
    """Take texts out of the index: `alert_id, words`, as they were taken up."""
    if is_postgresql(session):
        gone = text("DELETE FROM sought WHERE alert_id = ANY(:ids)").bindparams(
            bindparam("ids", type_=ARRAY(Integer))
        )
        session.execute(gone, {"ids": words["alert_id"].to_list()})
        return
    for part in words.iter_slices(CHUNK):
        listed = part.select(pl.lit("delete").alias("sought"), _text(grams(part["words"])), rowid="alert_id")
        insert_rows(session, "sought", listed)


def _text(listed: pl.Expr | pl.Series) -> pl.Expr:
    given = pl.lit(listed) if isinstance(listed, pl.Series) else listed
    return given.cast(pl.List(pl.String)).list.join(" ").alias("grams")


def _array(listed: pl.Expr) -> pl.Expr:
    """As PostgreSQL reads arrays."""
    joined = listed.cast(pl.List(pl.String)).list.join(",")
    return pl.concat_str(pl.lit("{"), joined, pl.lit("}")).alias("grams")
