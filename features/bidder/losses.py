"""Whether a firm loses to one winner oftener than that winner beats others."""

import numpy as np
import polars as pl

from features.bidder.entries import floats
from features.catalogue import Column, Grain, block, frame
from features.noncentral import mean_and_tail
from features.ratio import ratio

WINDOW = "36mo"
_LOST = "the firm lost a dated tender in the window"
_TESTED = f"{_LOST}; the top winner also contended without the firm"
_ROW = ["bidder_id", "top_winner"]


@frame
def recent_outcomes(firm_outcomes: pl.LazyFrame, market_end: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of `firm_outcomes` with a deadline in the 36 months up to the market's last one."""
    since = pl.col("ends_at").dt.offset_by(f"-{WINDOW}")
    joined = firm_outcomes.join(market_end, how="cross")
    return joined.filter(pl.col("deadline_at") > since).drop("ends_at")


@frame
def top_winners(recent_outcomes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm that lost: `bidder_id, losses, top_winner, to_top`; of equals the first by id."""
    lost = recent_outcomes.filter(~pl.col("won")).select("tender_id", "bidder_id")
    winners = recent_outcomes.filter("won").select("tender_id", top_winner="bidder_id")
    losses = lost.group_by("bidder_id").agg(losses=pl.len().cast(pl.Int64))
    beaten = lost.join(winners, on="tender_id").group_by(_ROW).agg(to_top=pl.len().cast(pl.Int64))
    first = pl.col("top_winner", "to_top").sort_by("to_top", "top_winner", descending=[True, False]).first()
    return beaten.group_by("bidder_id").agg(first).join(losses, on="bidder_id")


@block(
    Grain.BIDDER,
    {
        "recent_losses": Column(
            "Tenders that the firm lost in the last 36 months of the market.", "近36个月落标数", "tenders",
            _LOST),
        "top_winner": Column("The firm that won most of them.", "主要中标对手", "", _LOST),
        "losses_to_top": Column("How many of them that firm won.", "败给主要对手次数", "tenders", _LOST),
        "top_loss_share": Column("Share of the losses that went to that firm.", "败给主要对手的比例", "share",
                                 _LOST, "rules O01"),
        "top_met": Column(
            "Tenders with one winner and three or more contenders that the firm lost beside the top winner.",
            "与主要对手同场落标次数", "tenders", _TESTED),
        "top_met_won": Column("How many of those the top winner won.", "其中主要对手中标次数", "tenders",
                              _TESTED),
        "top_met_due": Column(
            "Wins there that the top winner's record without the firm gives, fewer contenders allowed for.",
            "主要对手期望中标次数", "tenders", _TESTED),
        "top_winner_p": Column(
            "Chance that some rival wins so many or more of the tenders that the firm lost, if the firm's "
            "presence does not matter: a noncentral hypergeometric tail times the number of rivals.",
            "落标集中于同一对手的偶然概率", "probability", _TESTED, "Fog 2008; Bonferroni"),
    },
)  # fmt: skip
def concentrated_losses(
    recent_outcomes: pl.LazyFrame, top_winners: pl.LazyFrame,
    joint_bids: pl.LazyFrame, bidder_codes: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per firm that lost a tender in the window.

    A firm that only ever contended beside the loser has no record to compare with: null, however
    concentrated the losses are.
    """
    exposure = _exposure(recent_outcomes, top_winners).map_batches(_tested, schema=_TESTS)
    rivals = _rivals(joint_bids, bidder_codes)
    p = (pl.col("p") * pl.max_horizontal(pl.col("rivals").fill_null(1), 1)).clip(upper_bound=1.0)
    return (
        top_winners.join(exposure, on="bidder_id", how="left")
        .join(rivals, on="bidder_id", how="left")
        .select(
            "bidder_id", "top_winner", "top_met", "top_met_won", "top_met_due",
            recent_losses="losses", losses_to_top="to_top",
            top_loss_share=ratio(pl.col("to_top"), pl.col("losses")), top_winner_p=p,
        )
    )  # fmt: skip


def _exposure(outcomes: pl.LazyFrame, top: pl.LazyFrame) -> pl.LazyFrame:
    """Per firm: tries, wins and mean odds of its top winner with the firm among the losers, and without it.

    With n contenders the odds of one of them are 1 : n - 1; where the firm is known to have lost, it is
    no contender any more. A tender that leaves no choice of winner says nothing.
    """
    single = outcomes.filter(pl.col("n_winners") == 1)
    of_top = top.select(_ROW).join(
        single.select("tender_id", "n_contenders", top_winner="bidder_id", hit="won"), on="top_winner"
    )
    of_firm = single.select("tender_id", "bidder_id", lost=~pl.col("won"))
    beside = pl.col("lost").fill_null(False)
    left = pl.col("n_contenders").cast(pl.Int64) - beside.cast(pl.Int64)
    odds = 1 / (left - 1)
    rows = of_top.join(of_firm, on=["tender_id", "bidder_id"], how="left").filter(
        pl.col("lost").fill_null(True), left >= 2
    )
    return rows.group_by("bidder_id").agg(
        beside.sum().alias("here"),
        (~beside).sum().alias("elsewhere"),
        pl.col("hit").filter(beside).sum().alias("hits"),
        pl.col("hit").sum().alias("total"),
        (odds.filter(beside).mean() / odds.filter(~beside).mean()).alias("odds"),
    ).filter(pl.col("here") > 0, pl.col("elsewhere") > 0)  # fmt: skip


_TESTS = pl.Schema(
    {"bidder_id": pl.String, "top_met": pl.Int64, "top_met_won": pl.Int64, "top_met_due": pl.Float64,
     "p": pl.Float64}
)  # fmt: skip


def _tested(exposure: pl.DataFrame) -> pl.DataFrame:
    hits, here, elsewhere, total = (
        exposure[name].cast(pl.Int64).to_numpy() for name in ("hits", "here", "elsewhere", "total")
    )
    mean, tail = mean_and_tail(hits, here, elsewhere, total, floats(exposure, "odds"))
    return exposure.select(
        "bidder_id",
        pl.col("here").cast(pl.Int64).alias("top_met"),
        pl.col("hits").cast(pl.Int64).alias("top_met_won"),
        pl.Series("top_met_due", np.asarray(mean), dtype=pl.Float64),
        pl.Series("p", np.asarray(tail), dtype=pl.Float64),
    )


def _rivals(joint_bids: pl.LazyFrame, bidder_codes: pl.LazyFrame) -> pl.LazyFrame:
    """Distinct rivals that each firm met with a valid, priced bid on both sides."""
    pairs = joint_bids.select("pair").unique()
    sides = (pl.col("pair") // 2**32, pl.col("pair") % 2**32)
    met = pl.concat([pairs.select(bidder=side.cast(pl.UInt32)) for side in sides])
    counts = met.group_by("bidder").agg(rivals=pl.len())
    return bidder_codes.join(counts, on="bidder").select("bidder_id", "rivals")
