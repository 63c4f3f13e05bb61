"""Each screen as its place among competitive tenders with as many bids: three bids and thirty compare.

A value of 0.95 says: 95 % of tenders whose bids are independent have at most this screen. Shares stay
within one in a million of 0 and 1, which is as far as the simulation tells apart (`null_tables`).
The null is normal bids. Lognormal ones leave the lowest less apart: a relative distance above 1.5 among ten
bids has chance 11.5 % for normal bids, 9.5 % for a log deviation of 5 %, 4.8 % for 20 %. In markets of wide
bids a high share therefore understates how rare a gap below the others is.
Under mechanisms that make bids cluster the shares of distances are null, and all are where no price is free.
Bids on a coarse price grid tie and step evenly by themselves: read with `tie_chance`.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import fdtr, gammaincinv

from features.catalogue import CATALOGUE, Column, Grain, Node, feature
from features.segments import Floats
from features.tender.null_tables import COUNTS, DRAWS, null_share
from records.tables import Mechanism

_SOURCE = "simulated: independent normal bids"
_UNIT = "share of competitive tenders"
_TO = f"n_valid <= {COUNTS[-1]}"
_FREE = "an award by lowest price or score, or not on record"
_STEPS_FREE = "the price free (not fixed, lottery or auction)"
_FEW_STEPS = f"n_valid >= 3, {_TO}, not all bids equal"
_UNEQUAL = f"{_FEW_STEPS}, {_FREE}"
_LOSERS = f"n_valid >= 3, {_TO}, other bids not all equal, {_FREE}"
_MARKET = f"market_dispersion known, {_FREE}"
NO_FREE_PRICE = (Mechanism.FIXED, Mechanism.LOTTERY, Mechanism.AUCTION)
"""Awards in which bids are not independent sealed prices: no share exists."""

CLUSTERED = (*NO_FREE_PRICE, Mechanism.MEAN_BENCHMARK, Mechanism.RATE)
"""Awards under which bids cluster by design or by rounding: their distances have no share (rules 0.4)."""

_NODES = 12
_FREEDOMS = np.geomspace(0.02, 1e4, 500)


class Calibrated(NamedTuple):
    """One row of `CALIBRATED`: the screen, its table of quantiles, and what its share says."""

    screen: str
    table: str
    zh: str
    meaning: str
    domain: str
    clustered: bool = True
    source: str = _SOURCE


CALIBRATED = (
    Calibrated("relative_distance", "relative_distance", "相对距离",
               "relative distance is at most this", _LOSERS),
    Calibrated("normalised_distance", "normalised_distance", "标准化距离",
               "normalised distance (RDNOR) is at most this", _UNEQUAL),
    Calibrated("alternative_distance", "alternative_distance", "替代距离",
               "alternative distance (RDALT) is at most this", _LOSERS),
    Calibrated("bid_skewness", "skewness", "报价偏度", "skewness is at most this", _UNEQUAL),
    Calibrated("bid_kurtosis", "kurtosis", "报价峰度", "kurtosis is at most this",
               _UNEQUAL.replace("3", "4", 1)),
    # The distance has a lower bound, 1/n, which tenders of few bids often reach; they get its whole share.
    Calibrated("ks_uniform", "ks", "报价均匀性", "distance from even spacing is at most this", _UNEQUAL),
    Calibrated("step_spread", "step_spread", "等差偏离度", "steps are at least as even as this",
               f"{_FEW_STEPS}, {_STEPS_FREE}", clustered=False),
    Calibrated("log_step_spread", "step_spread", "等比偏离度", "log steps are at least as even as this",
               f"{_FEW_STEPS}, {_STEPS_FREE}", clustered=False,
               source="simulated: independent lognormal bids"),
)  # fmt: skip
"""The screens whose null depends on the number of bids alone."""


def _register(row: Calibrated) -> None:
    def share(screen: pl.Expr, n_valid: pl.Expr, mechanism: pl.Expr) -> pl.Expr:
        found = _apply(lambda x, n: null_share(row.table, x, n.astype(np.int64)), screen, n_valid)
        return _routed(found, mechanism, CLUSTERED if row.clustered else NO_FREE_PRICE)

    name = f"{row.screen}_null"
    meaning = f"Share of competitive tenders with as many bids whose {row.meaning}."
    column = Column(meaning, f"{row.zh}的竞争分位", _UNIT, row.domain, row.source)
    reads = (row.screen, "n_valid", "mechanism")
    CATALOGUE.add(CATALOGUE.features[Grain.TENDER], Node(name, Grain.TENDER, share, reads, {name: column}))


for _row in CALIBRATED:
    _register(_row)


@feature(
    Grain.TENDER,
    zh="报价变异系数的竞争分位",
    unit=_UNIT,
    domain=f"n_valid >= 2, {_MARKET}",
    source="Smyth 2004; lognormal bids whose deviation varies as in earlier tenders",
)
def bid_cv_null(
    bid_cv: pl.Expr,
    n_valid: pl.Expr,
    market_dispersion: pl.Expr,
    dispersion_freedom: pl.Expr,
    mechanism: pl.Expr,
) -> pl.Expr:
    """Share of competitive tenders of this market with as many bids whose variation is at most this."""
    relative = bid_cv.pow(2).log1p() / market_dispersion.pow(2)
    found = _apply(_variance_share, relative, n_valid - 1, dispersion_freedom)
    return _routed(found, mechanism, CLUSTERED)


@feature(
    Grain.TENDER,
    zh="最低两价差率的竞争分位",
    unit=_UNIT,
    domain=f"n_valid >= 2, {_TO}, {_MARKET}",
    source="simulated: lognormal bids whose deviation varies as in earlier tenders (Smyth 2004)",
)
def bid_gap_ratio_null(
    bid_gap_ratio: pl.Expr,
    n_valid: pl.Expr,
    market_dispersion: pl.Expr,
    dispersion_freedom: pl.Expr,
    mechanism: pl.Expr,
) -> pl.Expr:
    """Share of competitive tenders here with as many bids whose lowest two are at most this far apart."""
    share = partial(mixed_share, "gap")
    found = _apply(share, bid_gap_ratio.log1p() / market_dispersion, n_valid, dispersion_freedom)
    return _routed(found, mechanism, CLUSTERED)


@feature(
    Grain.TENDER,
    zh="最接近的四个报价的竞争分位",
    unit=_UNIT,
    domain=f"n_valid >= 6, {_TO}, not all bids equal, {_MARKET}",
    source="simulated: lognormal bids whose deviation varies as in earlier tenders (Smyth 2004)",
)
def closest_four_null(
    closest_four: pl.Expr,
    n_valid: pl.Expr,
    market_dispersion: pl.Expr,
    dispersion_freedom: pl.Expr,
    mechanism: pl.Expr,
) -> pl.Expr:
    """Share of competitive tenders here with as many bids whose closest four bids deviate at most so."""
    share = partial(mixed_share, "closest_four")
    found = _apply(share, closest_four / market_dispersion, n_valid, dispersion_freedom)
    return _routed(found, mechanism, CLUSTERED)


def _routed(share: pl.Expr, mechanism: pl.Expr, without: Sequence[Mechanism]) -> pl.Expr:
    """Null under the given mechanisms; a mechanism that is not on record counts as none of them."""
    barred = mechanism.cast(pl.String).is_in([m.value for m in without]).fill_null(False)
    return pl.when(~barred).then(share)


def _variance_share(relative: Floats, freedom: Floats, alike: Floats) -> Floats:
    return np.asarray(fdtr(freedom, alike, relative))


def mixed_share(table: str, distance: Floats, n: Floats, alike: Floats) -> Floats:
    """Mean share over the deviations that a tender of the market may have, at equally likely ones."""
    total, bids, at = np.zeros(distance.size), n.astype(np.int64), np.log(alike)
    for node in _deviations().T:
        total += null_share(table, distance * np.interp(at, np.log(_FREEDOMS), node), bids)
    return total / _NODES


@cache
def _deviations() -> Floats:
    """Typical deviation over a tender's own at equal chances, per degrees of freedom; see `gammaincinv`."""
    chances = (np.arange(_NODES) + 0.5) / _NODES
    half = _FREEDOMS[:, None] / 2
    return np.asarray(np.sqrt(gammaincinv(half, chances) / half))


def _apply(function: Callable[..., Floats], *columns: pl.Expr) -> pl.Expr:
    """A NumPy function of whole columns; null in, null out, and never nearer to 0 or 1 than 1/`DRAWS`."""

    def shares(series: Sequence[pl.Series]) -> pl.Series:
        known = ~np.logical_or.reduce([s.is_null().to_numpy() for s in series])
        found = np.full(known.size, np.nan)
        found[known] = function(*(s.to_numpy()[known].astype(np.float64) for s in series))
        return pl.Series(np.clip(found, 1 / DRAWS, 1 - 1 / DRAWS), nan_to_null=True)

    return pl.map_batches(columns, shares, pl.Float64, is_elementwise=True)
