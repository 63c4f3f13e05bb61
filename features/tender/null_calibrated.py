"""Each screen as its place among competitive tenders with as many bids: three bids and thirty compare.

A value of 0.95 says: 95 % of tenders whose bids are independent have at most this screen. Shares stay
within one in a million of 0 and 1, which is as far as the simulation tells apart (`null_tables`).
The null is normal bids. Lognormal ones leave the lowest less apart: a relative distance above 1.5 among ten
bids has chance 11.5 % for normal bids, 9.5 % for a log deviation of 5 %, 4.8 % for 20 %. In markets of wide
bids a high share therefore understates how rare a gap below the others is.
Bids on a coarse price grid tie and step evenly by themselves: read with `tie_chance`.
"""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import polars as pl
from scipy.special import fdtr, gammaincinv

from features.catalogue import Grain, feature
from features.segments import Floats
from features.tender.null_tables import COUNTS, DRAWS, null_share

_SOURCE = "simulated: independent normal bids"
_UNIT = "share of competitive tenders"
_TO = f"n_valid <= {COUNTS[-1]}"
_UNEQUAL = f"n_valid >= 3, {_TO}, not all bids equal"
_LOSERS = f"n_valid >= 3, {_TO}, other bids not all equal"
_MARKET = "market_dispersion known"
_NODES = 12
_FREEDOMS = np.geomspace(0.02, 1e4, 500)


@feature(Grain.TENDER, zh="相对距离的竞争分位", unit=_UNIT, domain=_LOSERS, source=_SOURCE)
def relative_distance_null(relative_distance: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Share of competitive tenders with as many bids whose relative distance (RD) is at most this."""
    return _share("relative_distance", relative_distance, n_valid)


@feature(Grain.TENDER, zh="标准化距离的竞争分位", unit=_UNIT, domain=_UNEQUAL, source=_SOURCE)
def normalised_distance_null(normalised_distance: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Share of competitive tenders with as many bids whose normalised distance (RDNOR) is at most this."""
    return _share("normalised_distance", normalised_distance, n_valid)


@feature(Grain.TENDER, zh="替代距离的竞争分位", unit=_UNIT, domain=_LOSERS, source=_SOURCE)
def alternative_distance_null(alternative_distance: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Share of competitive tenders with as many bids whose alternative distance (RDALT) is at most this."""
    return _share("alternative_distance", alternative_distance, n_valid)


@feature(Grain.TENDER, zh="报价偏度的竞争分位", unit=_UNIT, domain=_UNEQUAL, source=_SOURCE)
def bid_skewness_null(bid_skewness: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Share of competitive tenders with as many bids whose skewness is at most this."""
    return _share("skewness", bid_skewness, n_valid)


@feature(
    Grain.TENDER, zh="报价峰度的竞争分位", unit=_UNIT, domain=_UNEQUAL.replace("3", "4", 1), source=_SOURCE
)
def bid_kurtosis_null(bid_kurtosis: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Share of competitive tenders with as many bids whose kurtosis is at most this."""
    return _share("kurtosis", bid_kurtosis, n_valid)


@feature(Grain.TENDER, zh="报价均匀性的竞争分位", unit=_UNIT, domain=_UNEQUAL, source=_SOURCE)
def ks_uniform_null(ks_uniform: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Share of competitive tenders with as many bids whose distance from even spacing is at most this.

    The statistic has a lower bound, 1/n, which tenders of few bids often reach; they get its whole share.
    """
    return _share("ks", ks_uniform, n_valid)


@feature(Grain.TENDER, zh="等差偏离度的竞争分位", unit=_UNIT, domain=_UNEQUAL, source=_SOURCE)
def step_spread_null(step_spread: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Share of competitive tenders with as many bids whose steps are at least as even as this."""
    return _share("step_spread", step_spread, n_valid)


@feature(
    Grain.TENDER,
    zh="等比偏离度的竞争分位",
    unit=_UNIT,
    domain=_UNEQUAL,
    source="simulated: independent lognormal bids",
)
def log_step_spread_null(log_step_spread: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Share of competitive tenders with as many bids whose log steps are at least as even as this."""
    return _share("step_spread", log_step_spread, n_valid)


@feature(
    Grain.TENDER,
    zh="报价变异系数的竞争分位",
    unit=_UNIT,
    domain=f"n_valid >= 2, {_MARKET}",
    source="Smyth 2004; lognormal bids whose deviation varies as in earlier tenders",
)
def bid_cv_null(
    bid_cv: pl.Expr, n_valid: pl.Expr, market_dispersion: pl.Expr, dispersion_freedom: pl.Expr
) -> pl.Expr:
    """Share of competitive tenders of this market with as many bids whose variation (CV) is at most this."""
    relative = bid_cv.pow(2).log1p() / market_dispersion.pow(2)
    return _apply(_variance_share, relative, n_valid - 1, dispersion_freedom)


@feature(
    Grain.TENDER,
    zh="最低两价差率的竞争分位",
    unit=_UNIT,
    domain=f"n_valid >= 2, {_TO}, {_MARKET}",
    source="simulated: lognormal bids whose deviation varies as in earlier tenders (Smyth 2004)",
)
def bid_gap_ratio_null(
    bid_gap_ratio: pl.Expr, n_valid: pl.Expr, market_dispersion: pl.Expr, dispersion_freedom: pl.Expr
) -> pl.Expr:
    """Share of competitive tenders here with as many bids whose lowest two are at most this far apart."""
    return _apply(_gap_share, bid_gap_ratio.log1p() / market_dispersion, n_valid, dispersion_freedom)


def _share(name: str, screen: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    return _apply(lambda x, n: null_share(name, x, n.astype(np.int64)), screen, n_valid)


def _variance_share(relative: Floats, freedom: Floats, alike: Floats) -> Floats:
    return np.asarray(fdtr(freedom, alike, relative))


def _gap_share(gap: Floats, n: Floats, alike: Floats) -> Floats:
    """Mean share over the deviations that a tender of the market may have, at equally likely ones."""
    total, bids, at = np.zeros(gap.size), n.astype(np.int64), np.log(alike)
    for node in _deviations().T:
        total += null_share("gap", gap * np.interp(at, np.log(_FREEDOMS), node), bids)
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
