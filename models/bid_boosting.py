"""How much one bid looks like those that reviewers and courts found collusive."""

import polars as pl

from features.catalogue import Grain
from models.likeness import Likeness
from models.scorer import NO_IDENTITY, model
from models.tender_boosting import EVIDENCE as OF_TENDER

PLACE = (
    "bid_position", "bid_to_lowest", "bid_to_mean", "bid_rank_fraction", "nearest_bid_gap", "bid_to_estimate",
    "bid_to_ceiling", "equal_bids", "benchmark_distance", "benchmark_shift", "deviation_in_mads",
)  # fmt: skip
"""Where the bid stands in its tender."""

RECORD = ("past_win_rate", "loss_tail_p", "win_tail_p", "top_winner_share")
"""How the bidder fared in tenders decided before the deadline."""

EVIDENCE = (*PLACE, *RECORD, *OF_TENDER)


@model
class BidBoosting(Likeness):
    """Ranks bids by likeness to those that were found collusive, with a calibrated probability.

    A ring bids beside honest firms, so a tender's label says too much of some bids and too little of others.
    Boosting as in `tender_boosting`, of where the bid stands in its tender, how its bidder fared before the
    deadline, and everything that `tender_boosting` reads of the tender; all of it as of the deadline. Labels
    are decisions that name a bidder: in a tender, or at large and then on all its bids, and those that clear
    a tender, which clear its bids; that a tender was found collusive says nothing of which bids.
    """

    name = "bid_boosting"
    title_en = "Likeness to bids found collusive"
    title_zh = "与已认定串标投标的相似度"
    grain = Grain.BID
    evidence: tuple[str, ...] = EVIDENCE
    inputs: tuple[str, ...] = ("mechanism", "n_valid", *EVIDENCE)
    blocks: tuple[str, ...] = ("propagated_screens",)
    must_not_see = (
        f"{NO_IDENTITY}, who won, anything later than the deadline, hits of rules; labels in `fit` only"
    )

    @staticmethod
    def unscorable() -> pl.Expr:
        """A bid beside others, with a price that compares."""
        few = pl.col("n_valid").fill_null(0) < 2
        return (
            pl.when(few).then(pl.lit("fewer_than_two_bids"))
            .when(pl.col("bid_to_lowest").is_null()).then(pl.lit("no_comparable_price"))
        )  # fmt: skip
