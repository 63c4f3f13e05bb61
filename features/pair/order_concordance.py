"""Whether a set of bidders uploads its bids in one order, tender after tender (rules E14)."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from features.market.outcome import Outcome, need_columns, require
from features.segments import Floats

FEWEST = 3
"""Tenders with an upload time of every member without which there is nothing to repeat."""

_INVALID = (
    "habits: a firm that always uploads days ahead comes first without any agreement",
    "times that are not those of the upload, or that a platform rounds",
    "a set of bidders chosen for the order of its uploads in these tenders",
)


def order_concordance(
    upload_times: pl.LazyFrame, members: Sequence[str], *, permutations: int = 9_999, seed: int = 0
) -> Outcome:
    """Kendall's W of the members' order of upload over the tenders where all of them have a time.

    W is 1 when all tenders show one order and near 1 over the number of tenders when orders are random. The
    p-value is the share of as large a W, the observed one included, when the times of each tender are dealt
    to the members at random. Tied times share their ranks.

    Args:
        upload_times: `tender_id, bidder_id, submitted_at`, one row per tender and bidder.
        members: two bidders or more, named beforehand.
        permutations: how often the orders are dealt.
        seed: of the random numbers.

    Returns:
        `details` holds the tenders that show the most frequent order (`same_order`) and the most chance that
        some order of all members comes so often (`same_order_p`).

    Raises:
        ValueError: fewer than two members, or fewer than `FEWEST` tenders with a time of each.

    >>> from datetime import datetime
    >>> times = pl.LazyFrame({"tender_id": ["T", "T", "U", "U", "V", "V"], "bidder_id": ["A", "B"] * 3,
    ...                       "submitted_at": [datetime(2020, 1, d) for d in (1, 2, 5, 6, 8, 9)]})
    >>> found = order_concordance(times, ["A", "B"])
    >>> found.statistic, found.n, found.details["same_order_p"]
    (1.0, 3, 0.25)
    """
    need_columns("Order concordance", upload_times, ("tender_id", "bidder_id", "submitted_at"))
    require("Order concordance", len(set(members)), 2, "members", "Name a group.")
    ranks = _ranks(upload_times, sorted(set(members)))
    require(
        "Order concordance", len(ranks), FEWEST, "tenders with a time of every member", "Name fewer members."
    )
    w, rng = _concordance(ranks), np.random.default_rng(seed)
    as_far = sum(
        int((_concordance(_dealt(ranks, size, rng)) >= w - 1e-12).sum())
        for size in _batches(permutations, ranks)
    )
    most = int(np.unique(ranks, axis=0, return_counts=True)[1].max())
    return Outcome(
        "order concordance",
        statistic=float(w),
        n=len(ranks),
        unit="tenders with a time of every member",
        p_value=(1 + as_far) / (1 + permutations),
        invalid_if=_INVALID,
        source="Kendall and Babington Smith 1939",
        details={"same_order": float(most), "same_order_p": _same(len(ranks), most, ranks.shape[1])},
    )


def _ranks(upload_times: pl.LazyFrame, members: list[str]) -> Floats:
    """Ranks of the members' times, one row per tender where all have one."""
    known = upload_times.filter(pl.col("bidder_id").is_in(members) & pl.col("submitted_at").is_not_null())
    full = known.unique(["tender_id", "bidder_id"]).filter(pl.len().over("tender_id") == len(members))
    placed = full.with_columns(pl.col("submitted_at").rank("average").over("tender_id").alias("place"))
    places = placed.sort("tender_id", "bidder_id").select("place").collect()
    return places["place"].to_numpy().reshape(-1, len(members))


def _concordance(ranks: Floats) -> npt.NDArray[np.float64]:
    """Kendall's W over the last two axes: tenders and members."""
    tenders, members = ranks.shape[-2:]
    apart = ranks.sum(axis=-2) - tenders * (members + 1) / 2
    return np.asarray(12 * (apart**2).sum(axis=-1) / (tenders**2 * (members**3 - members)))


def _dealt(ranks: Floats, size: int, rng: np.random.Generator) -> Floats:
    return rng.permuted(np.broadcast_to(ranks, (size, *ranks.shape)), axis=-1)


def _batches(permutations: int, ranks: Floats) -> list[int]:
    """Sizes of batches of some ten million numbers."""
    size = max(1, min(permutations, 10_000_000 // ranks.size))
    return [min(size, permutations - start) for start in range(0, permutations, size)]


def _same(tenders: int, times: int, members: int) -> float:
    """At most the chance that some order comes so often: sets of tenders times the chance that one agrees."""
    agree = float(math.factorial(members)) ** (1 - times)
    return min(1.0, math.comb(tenders, times) * agree)
