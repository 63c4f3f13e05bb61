"""What was known strictly before a moment: the one way that history enters a feature."""

from collections.abc import Callable, Sequence

import polars as pl

AT_ONCE = 1_500_000
"""Rows, asked and known together, whose states are held at once."""


def count_before(asked: pl.LazyFrame, events: pl.LazyFrame, *, by: Sequence[str], name: str) -> pl.LazyFrame:
    """Add `name`: how many events of the same `by` were known strictly before `deadline_at`.

    `events` has `known_at`; an event without it was never known. Without a deadline the count is null.

    >>> from datetime import date
    >>> events = pl.LazyFrame({"firm": ["A", "A"], "known_at": [date(2020, 1, 1), date(2020, 1, 2)]})
    >>> asked = pl.LazyFrame({"firm": ["A", "B"], "deadline_at": [date(2020, 1, 2), date(2021, 1, 1)]})
    >>> counted = count_before(asked, events, by=["firm"], name="earlier")
    >>> counted.select("firm", "earlier").sort("firm").collect().rows()
    [('A', 1), ('B', 0)]
    """
    running = (
        events.filter(pl.col("known_at").is_not_null())
        .sort("known_at")
        .select(*by, "known_at", pl.int_range(1, pl.len() + 1).over(by).alias(name))
    )
    return state_before(asked, running, by=by).with_columns(
        pl.when(pl.col("deadline_at").is_not_null()).then(pl.col(name).fill_null(0)).alias(name)
    )


def state_before(
    asked: pl.LazyFrame, running: pl.LazyFrame, *, by: Sequence[str], at: str = "deadline_at"
) -> pl.LazyFrame:
    """Join the last state of the same `by` whose `known_at` lies strictly before column `at`.

    `running` is sorted by `known_at`, its columns are running totals. Rows without `at`, and rows
    without an earlier state, get nulls.
    """
    return asked.sort(at).join_asof(
        running,
        left_on=at,
        right_on="known_at",
        by=by,
        allow_exact_matches=False,
        check_sortedness=False,
    )


def in_portions(
    asked: pl.LazyFrame,
    events: pl.LazyFrame,
    by: str,
    answer: Callable[[pl.LazyFrame, pl.LazyFrame], pl.LazyFrame],
    schema: pl.Schema,
) -> pl.LazyFrame:
    """Answer questions about some `by` at a time, so that a long history needs little memory.

    `answer` gets the rows of `asked` and of `events` that belong to the same numbers `by`, the former
    without columns of text and with a column `row`, which it passes on with the columns of `schema`. These
    are then put beside the columns of text.
    """

    def answered(rows: pl.DataFrame) -> pl.DataFrame:
        known = events.collect()
        numbers = rows.lazy().select(~pl.selectors.string()).with_row_index("row")
        portions = 1 + (rows.height + known.height) // AT_ONCE
        mine = [pl.col(by) % portions == portion for portion in range(portions)]
        parts = [answer(numbers.filter(some), known.lazy().filter(some)).collect() for some in mine]
        made = pl.concat(parts).sort("row").select(schema.names()).cast(schema)
        return rows.select(pl.selectors.string()).hstack(made)

    text = {name: kind for name, kind in asked.collect_schema().items() if kind == pl.String}
    return asked.map_batches(answered, schema=pl.Schema({**text, **schema}))
