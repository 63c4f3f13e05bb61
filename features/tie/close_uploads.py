"""Two bids, or three in a row, that were uploaded closer than the tender's own rush explains (rules E13)."""

import numpy as np
import polars as pl
from scipy.special import betainc

from features.catalogue import KEYS, Column, Grain, Reach, block, frame
from features.segments import Floats, Segments
from features.tie.upload_intensity import ENOUGH

CLOSE = 10.0
"""Minutes within which two uploads are listed, whatever else their bidders share."""

LISTED_P = 0.05
"""In a rush before the deadline many uploads lie close; pairs that chance explains so well are not listed."""

_PAIR = KEYS[Grain.TIE]
_KNOWN = f"both uploads on record to the minute, {ENOUGH} earlier uploads known before the deadline"
_FOUND = pl.Schema(
    {"tender_id": pl.String, "bidder_a": pl.String, "bidder_b": pl.String, "p": pl.Float64, "pairs": pl.Int64}
)


@frame(reach=Reach.TENDER)
def close_uploads(expected_uploads: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and two bidders with uploads at most `CLOSE` minutes apart.

    Columns: `tender_id, bidder_a, bidder_b`, `p` (null where earlier uploads are too few), and `pairs`, how
    many pairs of uploads the tender has. Pairs with a p above `LISTED_P` are left out.
    """
    return (
        expected_uploads.map_batches(_close, schema=_FOUND)
        .group_by(_PAIR)
        .agg(pl.col("p").min(), pl.col("pairs").first())
    )


def _close(rows: pl.DataFrame) -> pl.DataFrame:
    """Close pairs of uploads sorted by tender and time: neighbours, then second neighbours, and so on."""
    if rows.is_empty():
        return pl.DataFrame(schema=_FOUND)
    cut = Segments(rows["tender_id"].rle().struct.field("len").to_numpy().astype(np.int64))
    before, left = rows["before"].to_numpy(), cut.spread(cut.n) - cut.position - 1
    one = np.arange(before.size)
    pairs = []
    step = 0
    while one.size:
        step += 1
        one = one[left[one] >= step]
        one = one[before[one + step] - before[one] <= CLOSE]
        pairs.append(np.stack([one, one + step]))
    near, far = np.concatenate(pairs, axis=1)
    a, b = rows["bidder_id"][near], rows["bidder_id"][far]
    n = cut.spread(cut.n)[near]
    found = pl.DataFrame(
        {
            "tender_id": rows["tender_id"][near],
            "bidder_a": pl.select(pl.min_horizontal(a, b)).to_series(),
            "bidder_b": pl.select(pl.max_horizontal(a, b)).to_series(),
            "p": chance(rows["near"][near].to_numpy(), rows["far"][far].to_numpy()),
            "pairs": n * (n - 1) // 2,
        },
        nan_to_null=True,
    )
    return found.filter(pl.col("bidder_a") != pl.col("bidder_b"), ~(pl.col("p") > LISTED_P).fill_null(False))


def chance(near: Floats, far: Floats) -> Floats:
    """Chance that the farther of two uploads lies no further behind the nearer, from the summed rates.

    >>> chance(np.array([30 / 240]), np.array([40 / 240])).round(3).tolist()
    [0.041]
    """
    return np.asarray(-np.expm1(near - far))


@block(
    Grain.TIE,
    {
        "upload_gap_p": Column(
            "Chance that two independent uploads lie as close, from how uploads of earlier tenders arrive.",
            "上传时间接近的偶然概率", "probability",
            f"{_KNOWN}; at most {LISTED_P} and {CLOSE:.0f} minutes apart",
            "rules E13",
        ),
        "upload_gap_p_adjusted": Column(
            "The same times the number of pairs of uploads in the tender, at most 1.",
            "上传时间接近的偶然概率（多重比较校正）", "probability", _KNOWN, "rules E13; Bonferroni",
            absent=pl.when(
                (pl.col("timed_uploads") == pl.col("n_bids"))
                & (pl.col("timed_uploads") >= 2)
                & (pl.col("upload_history") >= ENOUGH)
            ).then(1.0),
        ),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def upload_proximity(close_uploads: pl.LazyFrame) -> pl.LazyFrame:
    """One row per close pair, also of bidders that share nothing; a pair that is not listed counts as 1."""
    adjusted = (pl.col("p") * pl.col("pairs")).clip(upper_bound=1.0)
    return close_uploads.select(
        *_PAIR, pl.col("p").alias("upload_gap_p"), adjusted.alias("upload_gap_p_adjusted")
    )


_RUN = pl.Schema(
    {"tender_id": pl.String, "timed_uploads": pl.Int64, "upload_history": pl.Int64, "upload_run": pl.Int64,
     "upload_run_p": pl.Float64}
)  # fmt: skip


@block(
    Grain.TENDER,
    {
        "timed_uploads": Column("Bids whose upload is on record to the minute, before the deadline.",
                                "上传时间有记录的投标数", "bids", "deadline known, some upload on record"),
        "upload_history": Column("Earlier uploads that the rate of arrival rests on.",
                                 "上传规律所依据的历史投标数", "bids", "timed_uploads >= 1"),
        "upload_run": Column(f"Longest run of uploads each within {CLOSE:.0f} minutes of the next.",
                             "连续接近上传的最大次数", "bids", "timed_uploads >= 2", "rules E13"),
        "upload_run_p": Column(
            "Chance that some three uploads in a row lie as close as the closest three here.",
            "三次连续上传接近的偶然概率", "probability",
            f"timed_uploads >= 3, upload_history >= {ENOUGH}", "rules E13; Bonferroni over the runs"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def upload_runs(expected_uploads: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with an upload on record to the minute."""
    return expected_uploads.map_batches(_runs, schema=_RUN)


def _runs(rows: pl.DataFrame) -> pl.DataFrame:
    if rows.is_empty():
        return pl.DataFrame(schema=_RUN)
    cut = Segments(rows["tender_id"].rle().struct.field("len").to_numpy().astype(np.int64))
    before, near, far = (rows[name].to_numpy() for name in ("before", "near", "far"))
    apart = (np.diff(before, prepend=-np.inf) > CLOSE) | (cut.position == 0)
    run = np.diff(np.append(np.flatnonzero(apart), before.size))
    longest = cut.max(run[np.cumsum(apart) - 1].astype(np.float64)).astype(np.int64)
    third = np.minimum(np.arange(before.size) + 2, before.size - 1)
    later = (cut.spread(cut.n) - cut.position - 1).astype(np.float64)
    # Of the bids still to come, two or more arrive within the span: a binomial tail.
    within = chance(near, far[third])
    p = np.where(later >= 2, betainc(2, np.maximum(later - 1, 1), np.clip(within, 0, 1)), np.inf)
    with np.errstate(invalid="ignore"):
        smallest = np.where(cut.n >= 3, np.minimum(cut.min(p) * (cut.n - 2), 1.0), np.nan)
    return pl.DataFrame(
        {
            "tender_id": rows["tender_id"].gather(cut.start),
            "timed_uploads": cut.n,
            "upload_history": rows["history"].gather(cut.start),
            "upload_run": longest,
            "upload_run_p": smallest,
        },
        nan_to_null=True,
    ).with_columns(pl.when(pl.col("timed_uploads") >= 2).then("upload_run"))
