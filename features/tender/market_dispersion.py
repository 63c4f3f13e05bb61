"""How far apart bids usually are in a market, and how much that differs from tender to tender.

A tender's bids vary about its mean with a deviation of its own; these deviations vary over the market as a
scaled inverse chi-square, whose two parameters are read off the log variances of earlier tenders (moments
of Smyth 2004, section 6.2).
"""

import numpy as np
import polars as pl
from scipy.special import digamma, polygamma

from features.catalogue import Column, Grain, Kept, Reach, block, frame
from features.earlier import state_before
from features.hashed import join_hashed
from features.segments import Floats
from records.price_scales import on_one_scale

ENOUGH = 30
"""Earlier tenders from which a category, or else the whole market, speaks for itself."""

ALIKE = 1e4
"""Most degrees of freedom: tenders that differ no more than chance have this many."""

_WHOLE = 1e-9
"""Sums run over whole multiples of this, so that the order of simultaneous tenders cannot show."""

_TERMS = ("tenders", "level", "square", "noise")


@frame(reach=Reach.TENDER, kept=Kept(("category", ""), lambda: ENOUGH))
def log_dispersions(
    priced_bids: pl.LazyFrame, tenders: pl.LazyFrame, tender_codes: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tender with two or more different bids of one scale: what it adds to its market's sums.

    Columns: `tender_id`, `known_at`, `category`, `tenders` (1), and in whole multiples `level` (log variance
    of the log bids, free of the bias of few bids), `square` (its square) and `noise` (its variance by chance
    alone).
    """
    low, high = pl.col("price").min(), pl.col("price").max()
    spread = priced_bids.group_by("tender_id").agg(
        pl.col("price").log().var().alias("variance"),
        (low < high).alias("differ"),
        on_one_scale(low, high).alias("comparable"),
        (pl.len().cast(pl.Float64) - 1).alias("freedom"),
    )
    half = pl.col("freedom") / 2
    bias = half.map_batches(lambda h: pl.Series(digamma(h.to_numpy())), pl.Float64, is_elementwise=True)
    noise = half.map_batches(lambda h: pl.Series(polygamma(1, h.to_numpy())), pl.Float64, is_elementwise=True)
    level = pl.col("variance").log() - bias + half.log()
    return (
        spread.filter(pl.col("differ") & pl.col("comparable") & (pl.col("variance") > 0))
        .pipe(join_hashed, tender_codes.select("tender_id", "known_at"), "tender_id")
        .pipe(join_hashed, tenders.select("tender_id", "category"), "tender_id")
        .filter(pl.col("known_at").is_not_null())
        .select(
            "tender_id",
            "known_at",
            "category",
            pl.lit(1, pl.Int64).alias("tenders"),
            *(
                (e / _WHOLE).round().cast(pl.Int64).alias(name)
                for name, e in {"level": level, "square": level * level, "noise": noise}.items()
            ),
        )
    )


@block(
    Grain.TENDER,
    {
        "market_dispersion": Column(
            "Typical deviation of log bids in earlier tenders of the category, or else of the market.",
            "同类项目历史报价离散度", "share of the mean bid",
            f"deadline known, {ENOUGH} earlier tenders with different bids", "Smyth 2004",
        ),
        "dispersion_freedom": Column(
            "How alike the deviations of those tenders are: degrees of freedom that one tender's own "
            "deviation is worth; small where tenders differ much.", "历史离散度的一致性", "",
            f"deadline known, {ENOUGH} earlier tenders with different bids", "Smyth 2004",
        ),
        "dispersion_tenders": Column(
            "Number of earlier tenders that the typical deviation rests on.", "历史离散度所依据的项目数",
            "tenders", "deadline known",
        ),
        "dispersion_borrowed": Column(
            "The typical deviation is that of the whole market, since the category has too few earlier "
            "tenders.", "历史离散度借自全市场", "",
            f"deadline known, {ENOUGH} earlier tenders with different bids",
        ),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def market_dispersion(
    log_dispersions: pl.LazyFrame, tenders: pl.LazyFrame, tender_codes: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tender with a deadline; only bids known strictly before it are read."""
    asked = (
        tender_codes.select("tender_id", "deadline_at")
        .filter(pl.col("deadline_at").is_not_null())
        .pipe(join_hashed, tenders.select("tender_id", "category"), "tender_id")
        .with_columns(market=pl.lit(0))
    )
    events = log_dispersions.with_columns(market=pl.lit(0))
    of_category = state_before(asked, _running(events, "category"), by=["category"]).drop(
        "known_at", "market"
    )
    of_market = state_before(asked, _running(events, "market"), by=["market"])
    both = of_category.join(of_market.select("tender_id", *_TERMS), on="tender_id", suffix="_all")
    own = pl.col("tenders").fill_null(0) >= ENOUGH
    used = both.with_columns(
        own.alias("own"),
        *(pl.when(own).then(name).otherwise(f"{name}_all").fill_null(0).alias(name) for name in _TERMS),
    )
    borrowed = pl.when(pl.col("tenders") >= ENOUGH).then(~pl.col("own") & pl.col("category").is_not_null())
    return used.select("tender_id", *_parameters(), borrowed.alias("dispersion_borrowed"))


def _running(events: pl.LazyFrame, by: str) -> pl.LazyFrame:
    ordered = events.filter(pl.col(by).is_not_null()).sort("known_at")
    return ordered.select(by, "known_at", *(pl.col(name).cum_sum().over(by) for name in _TERMS))


def _parameters() -> list[pl.Expr]:
    """Scale and degrees of freedom of the market's deviations from its running sums."""
    count = pl.col("tenders")
    level, square, noise = (pl.col(name) * _WHOLE / count for name in ("level", "square", "noise"))
    excess = (square - level**2) * count / (count - 1) - noise
    enough = count >= ENOUGH
    freedom = excess.map_batches(
        lambda e: pl.Series(freedom_of(e.to_numpy()), nan_to_null=True), pl.Float64, is_elementwise=True
    )
    half = freedom / 2
    bias = half.map_batches(lambda h: pl.Series(digamma(h.to_numpy())), pl.Float64, is_elementwise=True)
    scale = ((level + bias - half.log()) / 2).exp()
    return [
        pl.when(enough).then(scale).alias("market_dispersion"),
        pl.when(enough).then(freedom).alias("dispersion_freedom"),
        count.alias("dispersion_tenders"),
    ]


def freedom_of(excess: Floats) -> Floats:
    """Degrees of freedom whose log inverse chi-square has variance `excess`, at most `ALIKE`.

    The trigamma function of half of them is that variance; it is inverted on a grid, to six digits.

    >>> freedom_of(np.array([polygamma(1, 5.0), -1.0])).round(4).tolist()
    [10.0, 10000.0]
    """
    half = np.geomspace(ALIKE / 2, 0.01, 4000)
    variance = np.log(polygamma(1, half))
    target = np.log(np.maximum(excess, np.exp(variance[0])))
    return np.asarray(2 * np.exp(np.interp(target, variance, np.log(half))))
