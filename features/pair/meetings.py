"""Who met whom, as row numbers: what every family of the pair grain is counted from.

A pair is a run of rows in `pair_meetings`, each pointing at two rows of `pair_entries`; a statistic of
the pair is then a gather and a reduction over runs, whatever it counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from features.bid.entrants import entry_key
from features.catalogue import frame
from features.poisson_binomial import tails, terms
from features.segments import Counts, Floats, Segments
from features.tie.joint_bids import all_pairs, named_pairs

_MEETING = pl.Schema({"pair": pl.UInt64, "first": pl.UInt32, "second": pl.UInt32})


@frame
def pair_entries(
    coded_entries: pl.LazyFrame, bids: pl.LazyFrame, entries: pl.LazyFrame, tender_codes: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tender and bidder with a valid priced bid, in the order of deadlines and ids.

    Columns: `tender` and `bidder` (numbers), `deadline_at`, `price` (of several bids of one firm the
    lowest), and `won`, which is null unless the tender has exactly one winner and it is among these rows.
    """
    key = ["tender", "bidder"]
    won = bids.filter(pl.col("won").fill_null(False)).select(entry_key()).unique()
    winners = entries.select("entry", *key).join(won, on="entry", how="semi").drop("entry")
    single = winners.filter(pl.len().over("tender") == 1)
    decided = single.join(coded_entries, on=key, how="semi").rename({"bidder": "winner"})
    return (
        coded_entries.select(*key, price=pl.col("amount").cast(pl.Float64))
        .join(tender_codes.select("tender", "deadline_at"), on="tender")
        .join(decided, on="tender", how="left")
        .select(*key, "deadline_at", "price", won=pl.col("bidder") == pl.col("winner"))
        .sort("deadline_at", "tender", "bidder", nulls_last=True)
    )


@frame
def pair_meetings(pair_entries: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and pair of bidders that met in two tenders or more, pair by pair, in order of time.

    Columns: `pair` (see `pair_code`), `first` and `second`: the rows of `pair_entries` on either side, the
    bidder with the smaller number first.
    """
    return pair_entries.select("tender", "bidder").map_batches(_meetings, schema=_MEETING)


def _meetings(entries: pl.DataFrame) -> pl.DataFrame:
    first, second = all_pairs(run_lengths(entries["tender"]))
    bidder = entries["bidder"].to_numpy().astype(np.uint64)
    code = (bidder[first] << np.uint64(32)) | bidder[second]
    order = np.argsort(code, kind="stable")
    code = code[order]
    n = run_lengths(pl.Series(code))
    often = np.repeat(n >= 2, n)
    kept = order[often]
    return pl.DataFrame({"pair": code[often], "first": first[kept], "second": second[kept]}, schema=_MEETING)


def run_lengths(values: pl.Series) -> Counts:
    """Lengths of the runs of equal values.

    >>> run_lengths(pl.Series([7, 7, 3, 7])).tolist()
    [2, 1, 1]
    """
    return values.rle().struct.field("len").to_numpy().astype(np.int64)


@dataclass(frozen=True)
class Meetings:
    """Meetings of pairs as arrays: `cut` cuts the rows into pairs, `pair` names each of them."""

    pair: npt.NDArray[np.uint64]
    cut: Segments
    first: npt.NDArray[np.uint32]
    second: npt.NDArray[np.uint32]

    @staticmethod
    def of(pair_meetings: pl.LazyFrame) -> "Meetings":
        """Arrays of the frame `pair_meetings`."""
        rows = pair_meetings.collect()
        cut = Segments(run_lengths(rows["pair"]))
        return Meetings(
            rows["pair"].to_numpy()[cut.start], cut, rows["first"].to_numpy(), rows["second"].to_numpy()
        )

    def tails(self, hits: Floats, chance: Floats) -> tuple[Floats, Floats]:
        """Chances of so few and of so many hits per pair; a row with chance 0 does not count."""
        sums = {
            name: self.cut.sum(pl.select(term).to_series().to_numpy())
            for name, term in terms(pl.lit(pl.Series(chance))).items()
        }
        return tails(self.cut.sum(hits), sums)

    def named(self, columns: Mapping[str, Floats | Counts], bidder_codes: pl.LazyFrame) -> pl.LazyFrame:
        """A frame of one row per pair with both ids; NaN becomes null."""
        coded = pl.LazyFrame({"pair": self.pair, **columns})
        floats = pl.selectors.float()
        return named_pairs(coded.with_columns(floats.fill_nan(None)), bidder_codes)


def over(part: Floats, whole: Floats) -> Floats:
    """`part / whole` where `whole` is positive, NaN elsewhere."""
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))


def mean_over(cut: Segments, rows: Floats, counted: npt.NDArray[np.bool_]) -> Floats:
    """Mean per group over the rows that count, NaN where none does."""
    return over(cut.sum(np.where(counted, rows, 0.0)), cut.sum(counted.astype(np.float64)))
