"""Whether members take turns: too few repeats in the sequence of winners, given how often each wins."""

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block
from features.group.contests import Contests, contests
from features.group.exchange import winners_entropy
from features.ratio import ratio
from features.segments import Floats

CONDITIONAL = (
    "conditional on which members bid: groups were found because they bid together, so only who wins what is "
    "tested"
)
CONTEST = "a contest on record: a decided lot that most members entered and exactly one of them won"
_DATED = f"two dated ones follow each other; {CONTEST}"


@block(
    Grain.GROUP,
    {
        "group_contests": Column("Decided lots that most members entered and exactly one of them won.",
                                 "成员中标的同场标段数", "tenders", CONTEST),
        "winner_entropy": Column(
            "How evenly the members share the wins of their contests: entropy over its largest value, 1 "
            "where all win alike.", "中标分布熵", "share", CONTEST, "rules O04"),
        "repeat_win_share": Column("Share of contests won by the winner of the contest before.",
                                   "连续中标比例", "share", _DATED, "rules O04 (runs test)"),
        "expected_repeat_win_share": Column(
            "The same share when each member's wins are dealt over the contests that it entered.",
            "期望连续中标比例", "share", _DATED, "rules O04"),
        "hazard_after_win": Column("Of the contests that the last winner entered, the share that it won.",
                                   "中标后再中标率", "share", "the last winner bid in the next contest once",
                                   "rules O04"),
        "rotation_p": Column(
            "Chance of so few repeated wins when each member's wins are dealt over the contests it entered.",
            "轮流中标的偶然概率", "probability", f"{_DATED}; {CONDITIONAL}",
            "Besag and Clifford 1989; rules O04"),
        "turn_score": Column(
            "Mean place of the winner in the queue of the members that bid, by how long ago each won: 1 "
            "where always the one that waited longest wins, 0.5 where the order says nothing.",
            "轮到位次均值", "share", _DATED, "rules O04"),
        "turn_p": Column(
            "Chance of winners that waited so long when each member's wins are dealt over the contests it "
            "entered.", "按次序轮流中标的偶然概率", "probability", f"{_DATED}; {CONDITIONAL}",
            "Besag and Clifford 1989; rules O04"),
    },
)  # fmt: skip
def group_rotation(
    group_entries: pl.LazyFrame, group_sets: pl.LazyFrame, exchanged_winners: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per group with a contest; members may differ in strength, order is what is tested."""
    known = contests(group_entries, group_sets)
    order = exchanged_winners.filter(pl.col("statistic") == "repeats", pl.col("n") > 0)
    tested = order.select(
        "group_id",
        ratio(pl.col("observed"), pl.col("n")).alias("repeat_win_share"),
        ratio(pl.col("expected"), pl.col("n")).alias("expected_repeat_win_share"),
        pl.col("low_p").alias("rotation_p"),
    )
    turns = exchanged_winners.filter(pl.col("statistic") == "turns", pl.col("n") > 0).select(
        "group_id", ratio(pl.col("observed"), pl.col("n")).alias("turn_score"), turn_p="high_p"
    )
    shares = _shares(known, group_sets).lazy()
    return shares.join(tested, on="group_id", how="left").join(turns, on="group_id", how="left")


def _shares(known: Contests, group_sets: pl.LazyFrame) -> pl.DataFrame:
    size = group_sets.group_by("group_id").agg(pl.len().alias("size")).collect()
    rows = pl.DataFrame(
        {
            "group_id": known.groups.cast(pl.String),
            "group_contests": known.cut.n,
            "entropy": winners_entropy(known),
            "hazard_after_win": _hazard(known),
        },
        nan_to_null=True,
    ).join(size, on="group_id")
    even = pl.col("entropy") / pl.col("size").cast(pl.Float64).log()
    return rows.select(
        "group_id", "group_contests", even.clip(0.0, 1.0).alias("winner_entropy"), "hazard_after_win"
    )


def _hazard(known: Contests) -> Floats:
    """Wins of the last winner over the contests it entered next; NaN where it entered none."""
    dated = known.lots["deadline_at"].is_not_null().to_numpy()
    before, row = np.roll(known.winner, 1), np.arange(known.winner.size)
    there = (known.cut.position > 0) & dated & known.present[row, before]
    entered = known.cut.count(there)
    again = known.cut.count(there & (known.winner == before))
    return np.asarray(np.where(entered > 0, again / np.maximum(entered, 1), np.nan))
