"""How many earlier events of the same kind lie at or below a level: percentiles that know no future."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from features.hashed import hashed, join_hashed
from features.segments import Bools, Counts, Segments

BITS = 8
"""Levels are whole numbers below 2**BITS: each bit costs one pass over all rows."""


def place_before(
    lots: pl.LazyFrame, asked_tenders: pl.LazyFrame, kinds: Sequence[str], *, enough: int
) -> pl.LazyFrame:
    """Which share of earlier tenders of its kind, itself included, has at most the level of each tender.

    Where tenders of a kind are alike, so that any order of them is as likely as another, a share of p or
    less has a chance of p at most, however the levels are spread.

    Args:
        lots: `tender_id`, `deadline_at`, `known_at`, `level` (0 to 255) and a column for each of `kinds`.
        asked_tenders: `tender_id` of those that are to be placed.
        kinds: what tenders have in common, finest first: the first with `enough` earlier tenders counts.
        enough: earlier tenders from which a kind has a percentile.

    Returns:
        One row per tender asked about: `tender_id`, `place`, `earlier` (tenders that it rests on) and `kind`
        (index into `kinds`), all null where no kind has enough.

    """
    asked = join_hashed(lots, asked_tenders, "tender_id", "semi")
    ranked = asked.select("tender_id")
    for i, kind in enumerate(kinds):
        found = rank_before(asked, lots, by=kind).rename({"earlier": f"n{i}", "at_most": f"below{i}"})
        ranked = ranked.join(found, on="tender_id", how="left")
    known = [pl.col(f"n{i}") >= enough for i, _ in enumerate(kinds)]
    return ranked.select(
        "tender_id",
        place=pl.coalesce(
            pl.when(ok).then((pl.col(f"below{i}") + 1) / (pl.col(f"n{i}") + 1)) for i, ok in enumerate(known)
        ),
        earlier=pl.coalesce(pl.when(ok).then(f"n{i}") for i, ok in enumerate(known)),
        kind=pl.coalesce(pl.when(ok).then(i) for i, ok in enumerate(known)),
    )


def rank_before(asked: pl.LazyFrame, events: pl.LazyFrame, *, by: str) -> pl.LazyFrame:
    """How many events of the same `by` were known strictly before `deadline_at`, and at most at its `level`.

    Args:
        asked: `tender_id`, `by`, `deadline_at`, `level` (0 to 255); rows without one of them are left out.
        events: `by`, `known_at`, `level`; the same.
        by: the column that says what is of one kind.

    Returns:
        One row per tender asked about: `tender_id, earlier, at_most`.

    >>> events = pl.LazyFrame({"kind": ["A"] * 3, "known_at": [1, 2, 3], "level": [5, 9, 1]})
    >>> asked = pl.LazyFrame({"tender_id": ["T"], "kind": ["A"], "deadline_at": [3], "level": [5]})
    >>> rank_before(asked, events, by="kind").collect().rows()
    [('T', 2, 1)]

    """
    none = pl.lit(None, pl.String).alias("tender_id")
    kind = hashed(by).alias(by)  # kinds are told apart, not ordered
    rows = pl.concat(
        [
            asked.select("tender_id", kind, pl.col("deadline_at").alias("at"), "level", event=pl.lit(False)),
            events.select(none, kind, pl.col("known_at").alias("at"), "level", event=pl.lit(True)),
        ]
    )
    schema = pl.Schema({"tender_id": pl.String, "earlier": pl.Int64, "at_most": pl.Int64})
    return rows.drop_nulls([by, "at", "level"]).sort(by, "at", "event").map_batches(
        lambda frame: _ranked(frame, by), schema=schema
    )  # fmt: skip


def _ranked(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    cut = Segments(rows[by].rle().struct.field("len").to_numpy().astype(np.int64))
    event, level = rows["event"].to_numpy(), rows["level"].to_numpy().astype(np.int64)
    made = rows.select(
        "tender_id",
        earlier=pl.Series(_before(cut, event)),
        at_most=pl.Series(at_most_before(cut, event, level)),
    )
    return made.filter(~pl.Series(event))


def at_most_before(cut: Segments, event: Bools, level: Counts) -> Counts:
    """Events before each row of its group whose level is at most its own.

    Rows are split by one bit of their level after the other, in stable order; a row with the bit set has
    passed the events without it.

    >>> at_most_before(Segments(np.array([4])), np.ones(4, np.bool_), np.array([3, 1, 2, 3])).tolist()
    [0, 0, 1, 3]
    """
    row, found = np.arange(event.size), np.zeros(event.size, np.int64)
    for bit in reversed(range(BITS)):
        one = (level[row] >> bit) & 1 == 1
        found[row] += np.where(one, _before(cut, event[row] & ~one), 0)
        zeros = cut.count(~one)
        place = np.where(one, cut.spread(zeros) + _before(cut, one), _before(cut, ~one))
        ordered = np.empty_like(row)
        ordered[cut.spread(cut.start) + place] = row
        n = np.stack([zeros, cut.n - zeros], axis=1).ravel()
        row, cut = ordered, Segments(n[n > 0])
    found[row] += _before(cut, event[row])
    return found


def _before(cut: Segments, marked: Bools) -> Counts:
    """Marked rows before each row of its group."""
    running: Counts = np.cumsum(marked, dtype=np.int64) - marked
    return running - cut.spread(running[cut.start])
