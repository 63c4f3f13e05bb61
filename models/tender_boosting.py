"""How much a tender looks like those that reviewers and courts found collusive."""

from features.catalogue import Grain
from models.likeness import Likeness
from models.scorer import model
from models.unusual import COMPANY, SCREENS

NULLS = (
    "relative_distance_null", "normalised_distance_null", "alternative_distance_null", "bid_kurtosis_null",
    "bid_skewness_null", "ks_uniform_null", "bid_cv_null", "bid_gap_ratio_null",
)  # fmt: skip
"""Screens as their place among competitive tenders with as many bids."""

NEAR = (
    "bid_cv_near1", "bid_spread_near1", "relative_distance_near1", "normalised_distance_near1",
    "bid_skewness_near1", "bid_cv_near2",
)  # fmt: skip
"""Screens of earlier tenders that share bidders."""

EVIDENCE = (*SCREENS, *NULLS, *COMPANY, *NEAR)


@model
class TenderBoosting(Likeness):
    """Ranks tenders by likeness to those that were found collusive, with a calibrated probability.

    Histogram gradient boosting of screens, screens among competitive tenders, company of the bidders and
    screens of earlier tenders that share bidders, each as its rank within the stratum of award mechanism
    and number of bids: no amounts, no moments, no identities, no hit of a rule. An unknown value takes the
    middle, so that missing records are no evidence. Unreviewed tenders are not clean (see
    `models.boosting`); labels are weighed by strength and by the chance of having been reviewed. The
    probability holds at `base_rate`, which may be set: the share that a random audit found, else 5 %.
    The verdict is `look` or `pass` where all five members agree, else `abstain`. Reasons are Shapley values.
    """

    name = "tender_boosting"
    title_en = "Likeness to tenders found collusive"
    title_zh = "与已认定串标项目的相似度"
    grain = Grain.TENDER
    evidence: tuple[str, ...] = EVIDENCE
    inputs: tuple[str, ...] = ("mechanism", "n_valid", *EVIDENCE)
    blocks: tuple[str, ...] = ("propagated_screens",)
