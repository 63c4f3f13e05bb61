"""Whether one bidder keeps uploading before another: a snapshot of a whole market."""

import numpy as np
import polars as pl

from features.bid.entrants import entry_key
from features.binomial import upper_tail
from features.catalogue import KEYS, Column, Grain, block, frame
from features.false_discovery import false_discovery_rate
from features.pair.meetings import Meetings
from features.segments import Floats

_DOMAIN = "n_upload_orders >= 1"

_COLUMNS = {
    "n_upload_orders": Column("Joint tenders with two different upload times, on record to the minute.",
                              "上传先后可比的共同投标次数", "tenders"),
    "a_uploaded_first": Column("How many of them bidder a uploaded first.", "a方先上传次数", "tenders",
                               _DOMAIN, "rules E14"),
    "upload_first_expected": Column(
        "Share of them that bidder a would upload first by the habits that both show against others.",
        "a方先上传的期望比例", "share", _DOMAIN, "Bradley and Terry 1952"),
    "upload_order_p": Column(
        "Chance of an order so one-sided, on either side, by a fair coin or by these habits: the larger.",
        "先后顺序重复的偶然概率", "probability", _DOMAIN, "binomial; rules E14"),
    "upload_order_q": Column(
        "The same as a false discovery rate among all pairs with such a chance.",
        "先后顺序重复的错误发现率", "probability", _DOMAIN, "Benjamini and Hochberg 1995"),
}  # fmt: skip


@frame
def upload_times(ordered_bids: pl.LazyFrame, entries: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and bidder with an upload time: `tender, bidder, submitted_at`, the earliest.

    A time on the full hour to the second is taken for a date without a time and left out.
    """
    at = pl.col("submitted_at")
    timed = ordered_bids.filter((at.dt.minute() > 0) | (at.dt.second() > 0) | (at.dt.microsecond() > 0))
    earliest = timed.group_by(entry_key()).agg(at.min())
    numbers = entries.select("entry", "tender", "bidder")
    return earliest.join(numbers, on="entry").select("tender", "bidder", "submitted_at")


@frame
def pair_upload_counts(
    pair_entries: pl.LazyFrame, pair_meetings: pl.LazyFrame, upload_times: pl.LazyFrame,
    bidder_codes: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """The columns of `pair_upload_order` without the false discovery rate, counted once."""
    entries = pair_entries.select("tender", "bidder").join(
        upload_times, on=["tender", "bidder"], how="left", maintain_order="left"
    )
    meetings = Meetings.of(pair_meetings)
    return meetings.named(_orders(meetings, entries.collect()), bidder_codes)


def _orders(meetings: Meetings, entries: pl.DataFrame) -> dict[str, Floats]:
    at = entries["submitted_at"].cast(pl.Int64).cast(pl.Float64).fill_null(np.nan).to_numpy()
    a, b = at[meetings.first], at[meetings.second]
    a_first, b_first = (meetings.cut.sum(sooner.astype(np.float64)) for sooner in (a < b, b < a))
    n = a_first + b_first
    before, compared = _habits(entries)
    bidder, start = entries["bidder"].to_numpy(), meetings.cut.start
    one, other = bidder[meetings.first[start]], bidder[meetings.second[start]]
    habit_a = (before[one] - a_first + 0.5) / (compared[one] - n + 1)
    habit_b = (before[other] - b_first + 0.5) / (compared[other] - n + 1)
    odds = habit_a * (1 - habit_b)
    expected = odds / (odds + (1 - habit_a) * habit_b)
    p = np.maximum(_two_sided(a_first, n, np.full(n.size, 0.5)), _two_sided(a_first, n, expected))
    found = {"a_uploaded_first": a_first, "upload_first_expected": expected, "upload_order_p": p}
    return {"n_upload_orders": n} | {name: np.where(n > 0, made, np.nan) for name, made in found.items()}


def _habits(entries: pl.DataFrame) -> tuple[Floats, Floats]:
    """Per bidder number: rivals of all its tenders that uploaded later, and those with another time."""
    at, tender = pl.col("submitted_at"), "tender"
    later = pl.len().over(tender) - at.rank("max").over(tender)
    earlier = at.rank("min").over(tender) - 1
    timed = entries.drop_nulls("submitted_at").select(
        "bidder", later.alias("later"), earlier.alias("earlier")
    )
    bidder, size = timed["bidder"].to_numpy(), int(entries["bidder"].to_numpy().max(initial=0)) + 1
    before, after = (
        np.bincount(bidder, timed[name].to_numpy().astype(np.float64), size).astype(np.float64)
        for name in ("later", "earlier")
    )
    return before, before + after


def _two_sided(hits: Floats, n: Floats, chance: Floats) -> Floats:
    """Twice the smaller tail of a binomial law, at most 1."""
    tail = np.minimum(upper_tail(hits, n, chance), upper_tail(n - hits, n, 1 - chance))
    return np.asarray(np.minimum(1.0, 2 * tail))


@block(Grain.PAIR, _COLUMNS)
def pair_upload_order(pair_upload_counts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per pair of bidders that met at least twice."""
    q = false_discovery_rate(pl.col("upload_order_p")).alias("upload_order_q")
    counts = pl.col("n_upload_orders", "a_uploaded_first").cast(pl.Int64)
    return pair_upload_counts.with_columns(q, counts).select(*KEYS[Grain.PAIR], *_COLUMNS)
