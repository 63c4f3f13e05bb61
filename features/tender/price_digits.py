"""Digits of a tender's totals: round ones, and endings that several different totals share (rules Q10).

Endings are three digits in the finest decimal unit that the bids of the tender need, so that zeros which all
of them end in do not count; endings on a zero are left out as well, since round prices share them by habit.
"""

import numpy as np
import polars as pl

from features.binomial import upper_tail
from features.catalogue import Column, Grain, Reach, block, feature
from features.ratio import ratio
from features.segments import Bools, Counts, Floats, Segments

UNITS = 10_000
"""Units per currency unit in which totals are counted."""

EXACT = 2.0**53
"""Totals of so many units and more are not whole numbers in floating point: their digits are unknown."""

ENDING = 1_000
"""Endings have three digits; longer ones agree in these as well."""

_OPEN = ENDING * 9 // 10
_UNIT_ZEROS = 4
_THOUSAND_ZEROS = 7
_SCHEMA = pl.Schema(
    {
        "tender_id": pl.String,
        "round_bid_share": pl.Float64,
        "thousands_loser_share": pl.Float64,
        "shared_ending_bids": pl.Int64,
        "shared_ending_p": pl.Float64,
    }
)


@block(
    Grain.TENDER,
    {
        "round_bid_share": Column(
            "Share of the bids whose total has more trailing zeros than other digits.", "整数报价占比",
            "share", "n_valid >= 1", "tlevine, red-flags"),
        "thousands_loser_share": Column(
            "Share of the bids other than the lowest that are multiples of 1,000.",
            "非最低报价中千元整数占比", "share", "n_valid >= 2", "rules Q10b"),
        "shared_ending_bids": Column(
            "Most bids with different totals whose last three digits agree and do not end in zero.",
            "尾数相同的报价数", "bids", "n_valid >= 2", "rules Q10a"),
        "shared_ending_p": Column(
            "Chance that some ending occurs so often among as many bids with even last digits.",
            "尾数相同的偶然概率", "probability", "n_valid >= 2", "rules Q10a; binomial, times 900 endings"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def price_digits(priced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a valid, priced bid whose totals are small enough to count.

    >>> bids = pl.LazyFrame({"tender_id": ["T"] * 4, "price": [100_388.0, 101_388.0, 104_388.0, 90_000.0]})
    >>> found = price_digits(bids).collect().with_columns(pl.col("shared_ending_p").round(7))
    >>> found.select("round_bid_share", "shared_ending_bids", "shared_ending_p").rows()
    [(0.25, 3, 1.2e-06)]
    """
    ordered = priced_bids.select("tender_id", "price").sort("tender_id", "price")
    return ordered.map_batches(_digits, schema=_SCHEMA)


@feature(Grain.TENDER, zh="相同报价占比", unit="share", domain="n_valid >= 2", source="R028; rules Q01")
def equal_bid_share(n_equal_bids: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Share of the bids that equal another bid to the last unit."""
    return ratio(n_equal_bids, n_valid)


def _digits(bids: pl.DataFrame) -> pl.DataFrame:
    if bids.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    cut = Segments(bids["tender_id"].rle().struct.field("len").to_numpy().astype(np.int64))
    whole = np.rint(bids["price"].to_numpy() * UNITS)
    small = (cut.max(whole) < EXACT) & (cut.min(whole) >= 1)
    total = np.where(cut.spread(small), whole, 1.0).astype(np.int64)
    zeros = _trailing_zeros(total)
    digits = np.floor(np.log10(total)).astype(np.int64) + 1
    loser = cut.position > 0
    most, among = _shared_endings(total, zeros, cut)
    p = np.where(most > 1, np.minimum(_OPEN * upper_tail(most, among, 1 / _OPEN), 1.0), 1.0)
    several = small & (cut.n >= 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = {
            "round_bid_share": cut.count(zeros - _UNIT_ZEROS > digits - zeros) / cut.n,
            "thousands_loser_share": cut.count(loser & (zeros >= _THOUSAND_ZEROS)) / (cut.n - 1),
            "shared_ending_bids": most.astype(np.float64),
            "shared_ending_p": p,
        }
    known = {name: small if name == "round_bid_share" else several for name in shares}
    made = {name: np.where(known[name], x, np.nan) for name, x in shares.items()}
    ids = bids["tender_id"].gather(cut.start)
    return pl.DataFrame({"tender_id": ids, **made}, nan_to_null=True).cast(_SCHEMA)


def _trailing_zeros(total: Counts) -> Counts:
    zeros, left = np.zeros(total.size, np.int64), total.copy()
    while (more := left % 10 == 0).any():
        zeros += more
        left = np.where(more, left // 10, left)
    return zeros


def _shared_endings(total: Counts, zeros: Counts, cut: Segments) -> tuple[Floats, Floats]:
    """Per tender: the most different totals with one ending, and the totals whose ending counts.

    Totals ascend within each tender, so equal ones are neighbours; only the first of them counts.
    """
    shift = cut.spread(cut.min(zeros.astype(np.float64))).astype(np.int64)
    value = total // 10**shift
    repeated: Bools = (np.diff(total, prepend=-1) == 0) & (cut.position > 0)
    counts = ~repeated & (value % 10 != 0)
    tender = cut.spread(np.arange(cut.n.size))[counts]
    key, often = np.unique(tender * ENDING + value[counts] % ENDING, return_counts=True)
    most = np.zeros(cut.n.size)
    np.maximum.at(most, key // ENDING, often)
    return most, np.bincount(tender, minlength=cut.n.size).astype(np.float64)
