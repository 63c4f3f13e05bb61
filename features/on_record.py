"""Telling "none" from "not told": since when a table is kept for a jurisdiction.

A tender without an amendment either had none or stands in a source that does not speak of amendments.
Where some tender of its jurisdiction had one before, the source does, and the count is zero.
"""

import polars as pl


def kept_since(rows: pl.LazyFrame, moment: str) -> pl.LazyFrame:
    """The first `moment` in `rows` by jurisdiction: `jurisdiction, kept_since`."""
    return rows.group_by("jurisdiction").agg(pl.col(moment).min().alias("kept_since"))


def counted(
    tenders: pl.LazyFrame, counts: pl.LazyFrame, since: pl.LazyFrame, moment: str, columns: list[str]
) -> pl.LazyFrame:
    """One row per tender: `columns` of `counts`, 0 where none is listed but the table is kept by `moment`.

    >>> from datetime import date
    >>> days = [date(2024, 1, 1), date(2024, 3, 1)]
    >>> tenders = pl.LazyFrame({"tender_id": ["T", "U"], "jurisdiction": ["X", "X"], "day": days})
    >>> rows = pl.LazyFrame({"tender_id": ["T"], "jurisdiction": ["X"], "at": [date(2024, 2, 1)], "n": [3]})
    >>> counts = rows.select("tender_id", "n")
    >>> counted(tenders, counts, kept_since(rows, "at"), "day", ["n"]).collect().rows()
    [('T', 3), ('U', 0)]
    """
    known = (pl.col("kept_since") <= pl.col(moment)).fill_null(False)
    return (
        tenders.select("tender_id", "jurisdiction", moment)
        .join(counts, on="tender_id", how="left")
        .join(since, on="jurisdiction", how="left", nulls_equal=True)
        .select("tender_id", *(pl.when(pl.col(c).is_null() & known).then(0).otherwise(c).alias(c)
                               for c in columns))
    )  # fmt: skip
