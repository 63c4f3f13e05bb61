"""How much a firm looks like those that reviewers and courts found to collude."""

import polars as pl

from features.catalogue import Grain
from models.likeness import Likeness
from models.protocol import RECORD
from models.scorer import MEAN, NO_IDENTITY, model
from models.strata import levels_by_tenders
from models.tender_boosting import NULLS
from models.unusual import COMPANY

HABITS = (
    "sole_bid_share", "joint_bid_share", "top_loss_share", "top_winner_p", "mean_discount", "mean_place",
    "lowest_share", "highest_share", "few_wins_p", "many_wins_p", "failed_p", "outsider_discount_jump",
    "bids_region_hhi_rank", "bids_buyer_hhi_rank", "bids_category_hhi_rank", "n_common_values",
)  # fmt: skip
"""How the firm bids, wins, loses and spreads over the whole market."""

MEANS = tuple(f"{MEAN}{name}" for name in (*NULLS, *COMPANY))
"""Screens of the tenders that it entered, on the mean."""

EVIDENCE = (*HABITS, *MEANS)


@model
class BidderBoosting(Likeness):
    """Ranks firms by likeness to those that were found to collude, with a calibrated probability.

    Boosting as in `tender_boosting`, of a firm's habits and of the mean screens of the tenders that it
    entered, each as its rank among firms that entered as many tenders: who bids more meets convicts more
    often by chance alone. A firm is collusive from one such decision on, whatever else it was cleared of;
    a tender found collusive names nobody. The row speaks of the whole market as it is on record, so a firm's
    score also rests on tenders after the decision: it ranks the firms of today and predicts nothing.
    """

    name = "bidder_boosting"
    title_en = "Likeness to firms found to collude"
    title_zh = "与已认定串标企业的相似度"
    grain = Grain.BIDDER
    evidence: tuple[str, ...] = EVIDENCE
    inputs: tuple[str, ...] = ("n_entered", *EVIDENCE)
    blocks: tuple[str, ...] = ()
    must_not_see = f"{NO_IDENTITY}, hits of rules; labels in `fit` only"
    size = "n_entered"

    @staticmethod
    def strata() -> tuple[pl.Expr, ...]:
        """Firms that entered as many tenders."""
        return levels_by_tenders("n_entered")

    @staticmethod
    def unscorable() -> pl.Expr:
        """A firm with a record."""
        return pl.when(pl.col("n_entered").fill_null(0) < RECORD).then(pl.lit("too_few_tenders"))
