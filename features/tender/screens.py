"""Price screens of a tender: one column each, null where the formula is not defined.

Formulas and domains: García Rodríguez et al. 2022, Huber and Imhof 2019 (research 3.1).
"""

import polars as pl

from features.catalogue import Grain, feature
from features.ratio import ratio
from records.price_scales import on_one_scale

NEAR_ESTIMATE = 0.95
"""Share of the estimate above which a lowest bid counts as near it."""

_HI = "Huber and Imhof 2019"
_UNEQUAL = "not all bids equal"


@feature(
    Grain.TENDER, zh="报价变异系数", unit="share of the mean", domain="n_valid >= 2", source=f"{_HI}: CV"
)
def bid_cv(bid_sd: pl.Expr, bid_mean: pl.Expr) -> pl.Expr:
    """Standard deviation of the bids over their mean: small where prices lie close together."""
    return ratio(bid_sd, bid_mean)


@feature(
    Grain.TENDER, zh="报价处于同一量级", domain="highest bid below ten times the lowest, or no valid bid",
    source="rules A.3",
)  # fmt: skip
def one_scale(lowest_bid: pl.Expr, highest_bid: pl.Expr) -> pl.Expr:
    """The bids can be prices of the same thing: no unit prices seem to stand among totals, else null."""
    return pl.when(on_one_scale(lowest_bid, highest_bid).fill_null(True)).then(pl.lit(True))


@feature(
    Grain.TENDER,
    zh="报价方差",
    unit="squared currency of the tender",
    domain="n_valid >= 2",
    source=f"{_HI}: VAR",
)
def bid_variance(bid_sd: pl.Expr) -> pl.Expr:
    """Sample variance of the bids."""
    return bid_sd.pow(2)


@feature(
    Grain.TENDER, zh="报价极差率", unit="share of the lowest bid", domain="n_valid >= 2", source=f"{_HI}: SPD"
)
def bid_spread(highest_bid: pl.Expr, lowest_bid: pl.Expr, second_bid: pl.Expr) -> pl.Expr:
    """Distance from lowest to highest bid over the lowest."""
    return pl.when(second_bid.is_not_null()).then(ratio(highest_bid - lowest_bid, lowest_bid))


@feature(
    Grain.TENDER,
    zh="最低两价差额",
    unit="currency of the tender",
    domain="n_valid >= 2",
    source=f"{_HI}: DIFF",
)
def bid_gap(second_bid: pl.Expr, lowest_bid: pl.Expr) -> pl.Expr:
    """Difference between the two lowest bids."""
    return second_bid - lowest_bid


@feature(
    Grain.TENDER,
    zh="最低两价差率",
    unit="share of the lowest bid",
    domain="n_valid >= 2",
    source=f"{_HI}: DIFFP",
)
def bid_gap_ratio(bid_gap: pl.Expr, lowest_bid: pl.Expr) -> pl.Expr:
    """Difference between the two lowest bids over the lowest."""
    return ratio(bid_gap, lowest_bid)


@feature(
    Grain.TENDER,
    zh="相对距离",
    unit="deviations",
    domain="n_valid >= 3, other bids not all equal",
    source=f"{_HI}: RD",
)
def relative_distance(bid_gap: pl.Expr, losers_sd: pl.Expr) -> pl.Expr:
    """Gap between the two lowest bids over the deviation of all bids but the lowest."""
    return ratio(bid_gap, losers_sd)


@feature(
    Grain.TENDER,
    zh="标准化距离",
    unit="mean steps",
    domain=f"n_valid >= 3, {_UNEQUAL}",
    source=f"{_HI}: RDNOR",
)
def normalised_distance(
    bid_gap: pl.Expr, highest_bid: pl.Expr, lowest_bid: pl.Expr, n_valid: pl.Expr
) -> pl.Expr:
    """Gap between the two lowest bids over the mean step between neighbours.

    At two bids it is 1 by construction, so it starts at three.
    """
    return pl.when(n_valid >= 3).then(ratio(bid_gap * (n_valid - 1), highest_bid - lowest_bid))


@feature(
    Grain.TENDER,
    zh="替代距离",
    unit="mean steps",
    domain="n_valid >= 3, other bids not all equal",
    source=f"{_HI}: RDALT",
)
def alternative_distance(
    bid_gap: pl.Expr, highest_bid: pl.Expr, second_bid: pl.Expr, n_valid: pl.Expr
) -> pl.Expr:
    """Gap between the two lowest bids over the mean step among all bids but the lowest."""
    return pl.when(n_valid >= 3).then(ratio(bid_gap * (n_valid - 2), highest_bid - second_bid))


@feature(
    Grain.TENDER,
    zh="报价偏度",
    domain=f"n_valid >= 3, {_UNEQUAL}",
    source="García Rodríguez et al. 2022: SKEW, G1",
)
def bid_skewness(standardised_cubes: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Skewness of the bids: below 0 where some lie far below the rest, above 0 where far above."""
    n = n_valid.cast(pl.Float64)
    return pl.when(n_valid >= 3).then(standardised_cubes * n / ((n - 1) * (n - 2)))


@feature(
    Grain.TENDER,
    zh="报价峰度",
    domain=f"n_valid >= 4, {_UNEQUAL}",
    source="García Rodríguez et al. 2022: KURT, G2",
)
def bid_kurtosis(standardised_fourths: pl.Expr, n_valid: pl.Expr) -> pl.Expr:
    """Excess kurtosis of the bids: high where a few lie far from a close bunch."""
    n = n_valid.cast(pl.Float64)
    scaled = standardised_fourths * n * (n + 1) / ((n - 1) * (n - 2) * (n - 3))
    return pl.when(n_valid >= 4).then(scaled - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3)))


@feature(Grain.TENDER, zh="最低价与概算比", unit="share of the estimate", domain="n_valid >= 1, estimate > 0")
def lowest_to_estimate(lowest_bid: pl.Expr, estimate: pl.Expr) -> pl.Expr:
    """Lowest bid over the buyer's estimate."""
    return ratio(lowest_bid, estimate)


@feature(Grain.TENDER, zh="最低价贴近概算", domain="n_valid >= 1, estimate > 0", source="research 3.1")
def lowest_near_estimate(lowest_to_estimate: pl.Expr) -> pl.Expr:
    """The lowest bid exceeds 95 % of the buyer's estimate."""
    return lowest_to_estimate > NEAR_ESTIMATE


@feature(Grain.TENDER, zh="均价与概算比", unit="share of the estimate", domain="n_valid >= 1, estimate > 0")
def mean_to_estimate(bid_mean: pl.Expr, estimate: pl.Expr) -> pl.Expr:
    """Mean bid over the buyer's estimate."""
    return ratio(bid_mean, estimate)


@feature(Grain.TENDER, zh="最低价与限价比", unit="share of the ceiling", domain="n_valid >= 1, ceiling > 0")
def lowest_to_ceiling(lowest_bid: pl.Expr, ceiling: pl.Expr) -> pl.Expr:
    """Lowest bid over the ceiling price; 1 minus it is the lot's discount."""
    return ratio(lowest_bid, ceiling)
