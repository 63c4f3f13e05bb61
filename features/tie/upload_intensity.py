"""How uploads usually arrive before the deadline: the measure of how close two lie (rules E13).

Seen backwards from the deadline, a bid not yet met arrives at a rate that earlier tenders show. Of two
independent bids with the nearer at m minutes before the deadline, the farther lies within the gap with chance
p = 1 - exp(-sum of that rate over the gap), whatever the shape of the rate: p is uniform. For exponential
arrivals of mean 4 h that is 4 % for 10 minutes, and among ten bids some pair is as close 85 % of the time.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from features.catalogue import Kept, Reach, frame
from features.hashed import join_hashed
from features.segments import Counts, Floats
from features.tie.upload_gap import timed

ENOUGH = 200
"""Earlier uploads from which a category, or else the whole market, speaks for itself."""

EDGES = np.concatenate([np.arange(5.0), np.geomspace(5.0, 129_600.0, 47)])
"""Minutes before the deadline between which the rate is even: by the minute, from 5 on each step a quarter
longer, up to 90 days."""

PRIOR = 0.5
"""Uploads added to every cell: where few were seen yet, none is no proof of a quiet time."""

_AT_ONCE = 20_000
_KNOWN = pl.from_epoch("known", "us").dt.replace_time_zone("UTC")
_MINUTE = 60_000_000


@frame(reach=Reach.TENDER)
def uploads(ordered_bids: pl.LazyFrame, tenders: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per bid whose upload is on record to the minute, not after the deadline.

    Columns: `tender_id, bidder_id, category`, `asked` and `known` (microseconds: the deadline, and when the
    bids of the tender were known), `before` (minutes before the deadline) and `tick` (minutes: how fine the
    time is; one where it has no seconds). Sorted by tender and `before`.
    """
    at = pl.col("submitted_at")
    before = (pl.col("deadline_at") - at).dt.total_microseconds() / _MINUTE
    whole_minute = (at.dt.second() == 0) & (at.dt.microsecond() == 0)
    return (
        ordered_bids.filter(timed(at))
        .select("tender_id", "bidder_id", "bid_id", "submitted_at")
        .pipe(join_hashed, tender_codes.filter(pl.col("deadline_at").is_not_null()), "tender_id")
        .pipe(join_hashed, tenders.select("tender_id", "category"), "tender_id")
        .select(
            "tender_id",
            "bidder_id",
            "bid_id",
            "category",
            pl.col("deadline_at").cast(pl.Int64).alias("asked"),
            pl.col("known_at").cast(pl.Int64).alias("known"),
            before.alias("before"),
            pl.when(whole_minute).then(1.0).otherwise(1 / 60).alias("tick"),
        )
        .filter(pl.col("before") >= 0)
        .sort("tender_id", "before", "bid_id")
    )


@frame(reach=Reach.TENDER, kept=Kept(("category", ""), lambda: ENOUGH, known=_KNOWN))
def earlier_uploads(uploads: pl.LazyFrame) -> pl.LazyFrame:
    """The uploads as a history: `tender_id, category, known` and `cell`, the step of `EDGES` they fall in."""
    return uploads.select("tender_id", "category", "known", cell=_cell(pl.col("before")))


@frame(reach=Reach.TENDER)
def expected_uploads(
    uploads: pl.LazyFrame, earlier_uploads: pl.LazyFrame, asked_tenders: pl.LazyFrame
) -> pl.LazyFrame:
    """The uploads with the sum of the rate up to each: `near` to its moment, `far` to a tick beyond it.

    The rate is that of uploads known strictly before the deadline, of the category from `ENOUGH` on, else of
    the market; `history` is their number, `near` and `far` are null below `ENOUGH`.
    """
    added = {"near": pl.Float64(), "far": pl.Float64(), "history": pl.Int64()}
    asked = join_hashed(uploads, asked_tenders, "tender_id", "semi").sort("tender_id", "before", "bid_id")
    history = earlier_uploads.select("category", "known", "cell")
    return asked.map_batches(lambda rows: _expected(rows, history.collect()), schema={**_SCHEMA, **added})


_SCHEMA = pl.Schema(
    {
        "tender_id": pl.String,
        "bidder_id": pl.String,
        "bid_id": pl.String,
        "category": pl.String,
        "asked": pl.Int64,
        "known": pl.Int64,
        "before": pl.Float64,
        "tick": pl.Float64,
    }
)


def _expected(rows: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    own, known = _numbered(rows["category"], history["category"])
    near, far, history_of_all = _sums(rows, np.zeros_like(own), history, np.zeros_like(known))
    of_own = _sums(rows, own, history, known)
    use = (own > 0) & (of_own[2] >= ENOUGH)
    n = np.where(use, of_own[2], history_of_all)
    enough = n >= ENOUGH
    sums = (np.where(enough, np.where(use, a, b), np.nan) for a, b in ((of_own[0], near), (of_own[1], far)))
    made = (pl.Series(name, x, nan_to_null=True) for name, x in zip(("near", "far"), sums, strict=True))
    return rows.with_columns(*made, pl.Series("history", n, pl.Int64))


def _numbered(asked: pl.Series, known: pl.Series) -> tuple[Counts, Counts]:
    """Numbers for categories, 0 where there is none; they tell categories apart and do not order them."""
    number = pl.concat([asked, known]).cast(pl.Categorical).to_physical().cast(pl.Int64) + 1
    both = number.fill_null(0).to_numpy()
    return both[: len(asked)], both[len(asked) :]


def _cell(before: pl.Expr) -> pl.Expr:
    """The step of `EDGES` in which minutes before a deadline lie."""
    return before.map_batches(lambda x: pl.Series(_cells(x.to_numpy())), pl.Int8, is_elementwise=True)


def _cells(before: Floats) -> npt.NDArray[np.int8]:
    return np.clip(np.searchsorted(EDGES, before, "right") - 1, 0, EDGES.size - 2).astype(np.int8)


def _sums(
    rows: pl.DataFrame, group: Counts, history: pl.DataFrame, known_group: Counts
) -> tuple[Floats, Floats, Counts]:
    """Summed rate to each upload and a tick beyond, and the earlier uploads of its group that give it."""
    asked, before = rows["asked"].to_numpy(), rows["before"].to_numpy()
    after = before + rows["tick"].to_numpy()
    near, far = np.full((2, before.size), np.nan)
    found = np.zeros(before.size, np.int64)
    by_time = np.lexsort((history["known"].to_numpy(), known_group))
    known, cell = history["known"].to_numpy()[by_time], history["cell"].to_numpy()[by_time]
    ordered = known_group[by_time]
    for members in np.split(order := np.argsort(group, kind="stable"), _borders(group[order])):
        if not members.size:
            continue
        first, last = np.searchsorted(ordered, group[members[0]] + np.arange(2))
        moments, inverse = np.unique(asked[members], return_inverse=True)
        at = members[np.argsort(inverse, kind="stable")]
        ends = np.cumsum(np.bincount(inverse, minlength=moments.size))
        for start, counts in _counts(moments, known[first:last], cell[first:last]):
            here = at[ends[start - 1] if start else 0 : ends[start + len(counts) - 1]]
            row = np.searchsorted(moments, asked[here]) - start
            near[here], far[here] = (_sum_to(counts, row, m[here]) for m in (before, after))
            found[here] = counts.sum(axis=1)[row]
    return near, far, found


def _borders(ordered: Counts) -> Counts:
    return np.flatnonzero(np.diff(ordered)) + 1


def _counts(moments: Counts, known: Counts, cell: npt.NDArray[np.int8]) -> Iterator[tuple[int, Counts]]:
    """Uploads per cell known strictly before each moment, a portion of the moments at a time."""
    cells, total = EDGES.size - 1, np.zeros(EDGES.size - 1, np.int64)
    upto = np.searchsorted(known, moments, "left")
    for start in range(0, moments.size, _AT_ONCE):
        ends = upto[start : start + _AT_ONCE]
        begin = upto[start - 1] if start else 0
        owner = np.searchsorted(ends, np.arange(begin, ends[-1]), "right")
        found = np.bincount(owner * cells + cell[begin : ends[-1]], minlength=ends.size * cells)
        counts = found.reshape(-1, cells).cumsum(axis=0) + total
        total = counts[-1]
        yield start, counts


def _sum_to(counts: Counts, row: Counts, minutes: Floats) -> Floats:
    """Rate summed from the deadline back to a moment: minus the logarithm of the share yet to come.

    Counts are smoothed over neighbouring cells with weights 1, 2, 1, the rate is even within a cell.
    """
    wide = np.pad(counts, ((0, 0), (1, 1)), mode="edge")
    smooth = (wide[:, :-2] + 2 * counts + wide[:, 2:]) / 4 + PRIOR
    whole = smooth.sum(axis=1, keepdims=True) + PRIOR
    total = -np.log1p(-np.pad(smooth.cumsum(axis=1), ((0, 0), (1, 0))) / whole)
    cell = np.clip(np.searchsorted(EDGES, minutes, "right") - 1, 0, EDGES.size - 2)
    part = np.clip((minutes - EDGES[cell]) / np.diff(EDGES)[cell], 0, 1)
    return np.asarray(total[row, cell] + part * (total[row, cell + 1] - total[row, cell]))
