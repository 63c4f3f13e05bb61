"""Whether one bidder's presence goes with another's wins: a snapshot of a whole market.

Chances come from fitted strengths, so that a bidder is neither praised for weak rivals nor blamed for
strong ones. A ring that has always bid together has taught these strengths what it does; the test sees
what differs between its tenders and the others.
"""

import numpy as np
import polars as pl

from features.catalogue import KEYS, Column, Grain, block, frame
from features.pair.meetings import Meetings, over, run_lengths
from features.pair.strength import win_chances
from features.segments import Bools, Counts, Floats, Segments

_DECIDED = "joint tenders with exactly one winner among the priced bids exist"
_LUCE = "Luce 1959; Poisson-binomial tail"


def _of(side: str, other: str) -> dict[str, Column]:
    return {
        f"wins_{side}": Column(f"Joint decided tenders that bidder {side} won.", f"{side}方中标次数",
                               "tenders", _DECIDED),
        f"expected_wins_{side}": Column(
            f"Wins of bidder {side} that the fitted strengths of all bidders of those tenders give.",
            f"{side}方期望中标次数", "tenders", _DECIDED, "Luce 1959"),
        f"win_asymmetry_{side}": Column(
            f"Share of its decided tenders that bidder {side} won with {other} present, minus that without.",
            f"{other}方在场时{side}方中标率之差", "share",
            f"{side} has decided tenders with and without {other}", "research 3.5"),
        f"win_p_{side}": Column(
            f"Chance of joint wins of {side} so far from the expected ones, on either side.",
            f"{side}方中标偏离的偶然概率", "probability", _DECIDED, _LUCE),
        f"loss_share_{side}_to_{other}": Column(
            f"Share of all losses of bidder {side} that {other} won.", f"{side}方落标中由{other}方中标的比例",
            "share", f"{side} lost a decided tender", "research 3.5"),
        f"loss_share_expected_{side}_to_{other}": Column(
            f"That share if each of {side}'s losses had gone to the others by their fitted strengths.",
            f"{side}方落标由{other}方中标的期望比例", "share", f"{side} lost a decided tender", "Luce 1959"),
        f"loss_p_{side}_to_{other}": Column(
            f"Chance of so many losses of {side} to {other} or more, given which tenders {side} lost.",
            f"{side}方败给{other}方过多的偶然概率", "probability", f"{side} lost a joint decided tender",
            _LUCE),
    }  # fmt: skip


_COLUMNS = {
    "n_decided": Column("Joint tenders with exactly one winner among the priced bids.", "已决共同投标次数",
                        "tenders"),
    **_of("a", "b"),
    **_of("b", "a"),
}  # fmt: skip


@frame
def pair_outcome_counts(
    pair_entries: pl.LazyFrame, pair_meetings: pl.LazyFrame, bidder_codes: pl.LazyFrame
) -> pl.LazyFrame:
    """The columns of `pair_outcomes`, counted once."""
    entries, meetings = pair_entries.collect(), Meetings.of(pair_meetings)
    cut = Segments(run_lengths(entries["tender"]))
    chance, strength = win_chances(entries, cut)
    rivals = cut.spread(cut.sum(strength)) - strength
    won = entries["won"].fill_null(False).to_numpy()
    bidder, known = entries["bidder"].to_numpy(), entries["won"].is_not_null().to_numpy()
    decided = known[meetings.first]
    bids, wins = np.bincount(bidder, known), np.bincount(bidder, won)
    columns: dict[str, Floats | Counts] = {"n_decided": meetings.cut.count(decided)}
    sides = (("a", "b", meetings.first, meetings.second), ("b", "a", meetings.second, meetings.first))
    for side, other, own, rival in sides:
        who = bidder[own[meetings.cut.start]]
        columns |= _wins(meetings, side, won[own], np.where(decided, chance[own], 0.0), bids[who], wins[who])
        lost = decided & ~won[own]
        to_rival = np.where(lost, strength[rival] / rivals[own], 0.0)
        columns |= _losses(
            meetings, f"{side}_to_{other}", lost, won[rival] & lost, to_rival, (bids - wins)[who]
        )
    counts = pl.col("wins_a", "wins_b").cast(pl.Int64)
    return meetings.named(columns, bidder_codes).with_columns(counts)


@block(Grain.PAIR, _COLUMNS)
def pair_outcomes(pair_outcome_counts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per pair of bidders that met at least twice."""
    return pair_outcome_counts.select(*KEYS[Grain.PAIR], *_COLUMNS)


def _wins(
    meetings: Meetings, side: str, won: Bools, chance: Floats, bids: Floats, wins: Floats
) -> dict[str, Floats]:
    """Wins of one side in joint tenders against chance and against its other tenders."""
    joint, sum_ = (chance > 0).astype(np.float64), meetings.cut.sum
    hits = won * joint
    here, n = sum_(hits), sum_(joint)
    few, many = meetings.tails(hits, chance)
    return {
        f"wins_{side}": np.where(n > 0, here, np.nan),
        f"expected_wins_{side}": np.where(n > 0, sum_(chance), np.nan),
        f"win_asymmetry_{side}": over(here, n) - over(wins - here, bids - n),
        f"win_p_{side}": np.where(n > 0, np.minimum(1.0, 2 * np.minimum(few, many)), np.nan),
    }


def _losses(
    meetings: Meetings, which: str, lost: Bools, hits: Bools, chance: Floats, losses: Floats
) -> dict[str, Floats]:
    """Losses of one side that went to the other, against the strengths of those it lost against."""
    sum_ = meetings.cut.sum
    return {
        f"loss_share_{which}": over(sum_(hits.astype(np.float64)), losses),
        f"loss_share_expected_{which}": over(sum_(chance), losses),
        f"loss_p_{which}": np.where(
            meetings.cut.count(lost) > 0, meetings.tails(hits.astype(np.float64), chance)[1], np.nan
        ),
    }
