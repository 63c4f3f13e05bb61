"""The screens of other tenders that share bidders, averaged: what kind of company a tender keeps.

Weights are the Jaccard overlaps of the two sets of bidders; labels are never used. Two hops follow the
overlaps twice, weights multiplied. Measured on García Rodríguez et al. (2022): strong inside every market
(ROC-AUC of single columns .94 in Ohio milk, .86 reversed in Brazil, .75 reversed in Italy), but in a
**direction that differs from market to market**. Pooled training on them fails (.41 to .47 on a new market),
so any use needs an orientation found inside the market, and part of the strength is firm identity in another
guise: judge it on tenders that share no firm with those learned from.

Cost: two products of the participation matrix with itself, in portions of `AT_ONCE` meetings. Time grows
with the sum over bidders of the squared number of their tenders, memory does not: 100,000 tenders of 20,000
bidders, the busiest in 3,400 of them, took 6 CPU-seconds and 0.2 GB (the snapshot 9).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from features.catalogue import CATALOGUE, Column, Grain, block
from features.segments import Counts, Floats
from features.tender import screens

SCREENS = (
    "bid_cv",
    "bid_spread",
    "bid_gap_ratio",
    "relative_distance",
    "normalised_distance",
    "alternative_distance",
    "bid_skewness",
    "bid_kurtosis",
    "ks_uniform",
    "ks_imhof",
    "n_valid",
)
"""What is averaged: the screens that are free of currency, and the number of bids."""

AT_ONCE = 2_000_000
"""Meetings of two tenders over a bidder that are held in memory at a time; each takes about 50 bytes."""

_HAIR = 1e-11
HOPS = {"near1": ("one hop", "一跳"), "near2": ("two hops", "两跳")}
_SOURCE = "measured on García Rodríguez et al. 2022; the direction differs from market to market"


_ZH = {
    "bid_cv": "变异系数",
    "bid_spread": "极差率",
    "bid_gap_ratio": "最低两价差率",
    "relative_distance": "相对距离",
    "normalised_distance": "标准化距离",
    "alternative_distance": "替代距离",
    "bid_skewness": "偏度",
    "bid_kurtosis": "峰度",
    "ks_uniform": "均匀性KS统计量",
    "ks_imhof": "KS统计量（Imhof）",
    "n_valid": "有效报价数",
}


_UNIT = {
    "bid_cv": "share of the mean",
    "bid_spread": "share of the lowest bid",
    "bid_gap_ratio": "share of the lowest bid",
    "relative_distance": "deviations",
    "normalised_distance": "mean steps",
    "alternative_distance": "mean steps",
    "ks_uniform": "share",
    "n_valid": "bids",
}


def _columns(suffix: str, company: str, domain: str) -> dict[str, Column]:
    """The columns of one block: how many neighbours, and each screen at one and at two hops."""
    zh = "（全市场快照）" if suffix else "（截止前）"
    made = {
        f"near_tenders{suffix}": Column(
            f"Number of {company} that share a bidder with this one.", f"有共同投标人的项目数{zh}",
            "tenders", domain.partition(";")[0], _SOURCE,
        )
    }  # fmt: skip
    for hop, (en, step) in HOPS.items():
        for screen in SCREENS:
            made[f"{screen}_{hop}{suffix}"] = Column(
                f"Mean of {screen} over {company} that share bidders, {en} away, weighted by overlap.",
                f"共同投标人项目的{_ZH[screen]}均值（{step}）{zh}", _UNIT.get(screen, ""), domain, _SOURCE,
            )  # fmt: skip
    return made


_AS_OF = _columns("", "earlier tenders", "deadline known; some neighbour has the screen")
_MARKET = _columns("_market", "other tenders of the market", "a valid bid; some neighbour has the screen")


_AS_OF_SCHEMA = pl.Schema({"tender_id": pl.String, "near_tenders": pl.Int64} | {
    name: pl.Float64 for name in _AS_OF if name != "near_tenders"
})  # fmt: skip


@block(Grain.TENDER, _AS_OF, on_demand=True)
def propagated_screens(
    priced_bids: pl.LazyFrame,
    bid_statistics: pl.LazyFrame,
    bidder_codes: pl.LazyFrame,
    tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:
    """Screens of earlier tenders that share bidders: only bids known before the tender's deadline count.

    The second hop starts at the neighbour's own deadline, so it looks back further still.
    One row per tender with a deadline and a valid bid.
    """
    tenders = _tenders(priced_bids, bid_statistics, bidder_codes, tender_codes)
    return tenders.map_batches(lambda rows: _propagated(rows, as_of=True), schema=_AS_OF_SCHEMA)


@block(Grain.TENDER, _MARKET, on_demand=True, snapshot=True)
def propagated_screens_market(
    priced_bids: pl.LazyFrame,
    bid_statistics: pl.LazyFrame,
    bidder_codes: pl.LazyFrame,
    tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:
    """Screens of all other tenders of the market that share bidders: for studies and markets without dates.

    Transductive: a result that rests on these columns must say that it read the market that it judges.
    A tender never counts for itself, at two hops neither. One row per tender with a valid bid.
    """
    tenders = _tenders(priced_bids, bid_statistics, bidder_codes, tender_codes)
    made = tenders.map_batches(lambda rows: _propagated(rows, as_of=False), schema=_AS_OF_SCHEMA)
    return made.rename({name: f"{name}_market" for name in _AS_OF})


def _tenders(
    priced_bids: pl.LazyFrame,
    bid_statistics: pl.LazyFrame,
    bidder_codes: pl.LazyFrame,
    tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per tender with a valid bid: its moments, its bidders as numbers, its screens (NaN unknown)."""
    entered = (
        priced_bids.select("tender_id", "bidder_id").unique()
        .join(bidder_codes, on="bidder_id")
        .group_by("tender_id").agg(pl.col("bidder").sort())
    )  # fmt: skip
    made = bid_statistics
    for name in ("bid_gap", *SCREENS):
        if hasattr(screens, name):
            node = CATALOGUE.features[Grain.TENDER][name]
            made = made.with_columns(node.function(*map(pl.col, node.reads)).alias(name))  # type: ignore[union-attr]
    unknown = float("nan")
    return (
        tender_codes.join(entered, on="tender_id")
        .join(made.select("tender_id", pl.col(SCREENS).cast(pl.Float64).fill_null(unknown)), on="tender_id")
        .sort("tender_id")
    )


@dataclass(frozen=True)
class _Company:
    """Who met whom: which bidders entered which tender, and when each tender asks and is known.

    `entries` has a row per tender and a column per bidder; `asks` and `known` are microseconds, none
    (the least, the largest integer) where the moment is unknown; `as_of` says whether they count.
    """

    entries: csr_array
    asks: Counts
    known: Counts
    as_of: bool

    def overlaps(self) -> Iterator[tuple[slice, csr_array]]:
        """Jaccard overlaps of a portion of the tenders with all that count for them, themselves excluded."""
        by_bidder = self.entries.T.tocsr()
        size = np.diff(self.entries.indptr)
        for rows in self._portions():
            shared = (self.entries[rows] @ by_bidder).tocoo()
            own, other = shared.row + rows.start, shared.col
            counts = own != other
            if self.as_of:
                counts &= self.known[other] < self.asks[own]
            own, other, both = own[counts], other[counts], shared.data[counts]
            jaccard = both / (size[own] + size[other] - both)
            yield rows, csr_array((jaccard, (own - rows.start, other)), shape=shared.shape)

    def _portions(self) -> Iterator[slice]:
        """Consecutive tenders whose bidders entered `AT_ONCE` tenders in all, or a single tender of more."""
        entered = np.bincount(self.entries.indices, minlength=self.entries.shape[1])
        meetings = np.cumsum(self.entries @ entered)
        start = 0
        while start < meetings.size:
            before = meetings[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(meetings, before + AT_ONCE, "right")))
            yield slice(start, stop)
            start = stop


def _propagated(tenders: pl.DataFrame, *, as_of: bool) -> pl.DataFrame:
    """Weighted means at both hops from one row per tender.

    Every screen is summed beside the weight of the tenders that have it. Under a snapshot a walk of two
    hops may come back; what it brings is taken out again: the tender's own value times its squared overlaps.
    """
    company = _company(tenders, as_of=as_of)
    own = tenders.select(SCREENS).to_numpy().astype(np.float64)
    value = np.hstack([np.nan_to_num(own), ~np.isnan(own)])
    first, second = np.zeros_like(value), np.zeros_like(value)
    near, back = np.zeros(len(value), np.int64), np.zeros(len(value))
    for rows, overlap in company.overlaps():
        first[rows] = overlap @ value
        near[rows] = np.diff(overlap.indptr)
        back[rows] = overlap.multiply(overlap).sum(axis=1)
    for rows, overlap in company.overlaps():
        second[rows] = overlap @ first
    if not as_of:
        second -= back[:, None] * value
    means = np.hstack([_mean(first, back), _mean(second, back)])
    found = {name: means[:, i] for i, name in enumerate(list(_AS_OF_SCHEMA)[2:])}
    made = pl.DataFrame({"tender_id": tenders["tender_id"], "near_tenders": near, **found}, nan_to_null=True)
    return made.filter(tenders["deadline_at"].is_not_null()) if as_of else made


def _mean(sums: Floats, back: Floats) -> Floats:
    """Sums over their weights, NaN where no weight is left but the rounding of what was taken out."""
    total, weight = np.hsplit(sums, 2)
    enough = weight > _HAIR * (1 + back[:, None])
    return np.asarray(total / np.where(enough, weight, np.nan))


def _company(tenders: pl.DataFrame, *, as_of: bool) -> _Company:
    size = tenders["bidder"].list.len().to_numpy().astype(np.int64)
    bidder = tenders["bidder"].explode().to_numpy().astype(np.int64)
    shape = (size.size, int(bidder.max(initial=-1)) + 1)
    entries = csr_array((np.ones(bidder.size, np.int64), bidder, np.append(0, np.cumsum(size))), shape=shape)
    asks, known = (tenders[name].cast(pl.Int64) for name in ("deadline_at", "known_at"))
    limits = np.iinfo(np.int64)
    return _Company(
        entries, asks.fill_null(limits.min).to_numpy(), known.fill_null(limits.max).to_numpy(), as_of
    )
