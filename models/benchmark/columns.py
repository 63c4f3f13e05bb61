"""Which columns a candidate may read under which protocol, by what they give away."""

from features.tender import propagated
from features.tender.null_calibrated import CALIBRATED

SEVEN = (
    "bid_cv",
    "bid_spread",
    "bid_gap_ratio",
    "relative_distance",
    "bid_kurtosis",
    "bid_skewness",
    "ks_uniform",
)
"""The seven screens of García Rodríguez et al. (2022)."""

ELEVEN = (*SEVEN, "normalised_distance", "alternative_distance", "ks_imhof", "n_valid")
"""With the distances of Huber and Imhof (2019) and the number of bids."""

OWN = (
    *ELEVEN,
    "step_spread",
    "losers_gap_min",
    "losers_gap_median",
    "winner_to_losers_gap",
    "lowest_to_estimate",
    "mean_to_estimate",
    "equal_bid_share",
    "round_bid_share",
    "thousands_loser_share",
)
"""What a tender's own bids say, free of currency, date and identity."""

NULLS = (*(f"{c.screen}_null" for c in CALIBRATED), "bid_cv_null", "bid_gap_ratio_null")
"""The same as shares of competitive tenders; already on one scale everywhere."""

NEAR = tuple(f"{s}_{hop}_market" for hop in propagated.HOPS for s in propagated.SCREENS)
"""Screens of other tenders that share bidders: transductive, reads the whole market without labels."""

NEAR_BEFORE = tuple(f"{s}_{hop}" for hop in propagated.HOPS for s in propagated.SCREENS)
"""The same over what was known before the deadline."""

BID = (
    "bid_position",
    "bid_to_lowest",
    "bid_to_mean",
    "bid_rank_fraction",
    "nearest_bid_gap",
    "bid_to_estimate",
    "equal_bids",
    "won",
)
"""Where one bid stands in its tender."""

HABITS = (
    "sole_bid_share",
    "top_loss_share",
    "top_winner_p",
    "mean_discount",
    "mean_place",
    "lowest_share",
    "highest_share",
    "few_wins_p",
    "many_wins_p",
)
"""How a firm bids over the whole market: transductive, without labels."""

CONTEXT = ("deadline", "lowest_bid", "estimate", "category_code", "region_code")
"""When, how large, what and where: gives the case away inside one market, says nothing outside it."""

Z = "_z"
"""Suffix of a column on the scale of its own market."""

SCALED = (*OWN, *NEAR)
"""Columns that are also offered as within-market z-scores where markets are pooled."""
