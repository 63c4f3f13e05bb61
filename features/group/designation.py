"""Whether the member that wins most of a group's contests wins as often where it meets no other member."""

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block
from features.group.contests import Contests, contests
from features.group.exchange import wins_of
from features.group.rotation import CONTEST
from features.noncentral import mean_and_tail
from features.ratio import ratio
from features.segments import Floats

_BOTH = f"{CONTEST}; its top winner bid in a decided tender without the others"


@block(
    Grain.GROUP,
    {
        "top_bids_elsewhere": Column(
            "Decided tenders of two contenders or more that the top winner entered without other members.",
            "主要中标成员单独参与的已决标段数", "tenders", CONTEST, "rules O03"),
        "top_wins_elsewhere": Column("How many of them it won.", "其中中标数", "tenders", CONTEST,
                                     "rules O03"),
        "top_wins_due": Column(
            "Contests that its record elsewhere would let it win, fewer contenders allowed for.",
            "按单独参与记录应中标段数", "tenders", _BOTH, "rules O03"),
        "designated_p": Column(
            "Chance that a member wins so many of the contests if the other members' presence does not "
            "matter to it: a noncentral hypergeometric tail times the number of members.",
            "组内中标多于组外记录的偶然概率", "probability",
            f"{_BOTH}; conditional on all wins of that member and on the contests being won by a member",
            "Fog 2008; Bonferroni; rules O03"),
    },
)  # fmt: skip
def group_designation(
    group_entries: pl.LazyFrame, group_sets: pl.LazyFrame, firm_outcomes: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per group with a contest: a firm that is cheaper or better wins elsewhere, too.

    With k members bidding the odds of one of them, given that a member wins, are 1 : k - 1; in another
    tender with n contenders they are 1 : n - 1. The firm's own strength multiplies both and drops out.
    Tenders with other members that are no contest count on neither side.
    """
    rows = _here(contests(group_entries, group_sets), group_sets)
    elsewhere = _elsewhere(rows.lazy(), group_entries, firm_outcomes)
    return rows.lazy().join(elsewhere, on="group_id", how="left").map_batches(_tested, schema=_SCHEMA)


def _here(known: Contests, group_sets: pl.LazyFrame) -> pl.DataFrame:
    """Per group its top winner, the contests it entered and won, and its mean odds there."""
    wins = wins_of(known.winner, known.group, known)
    seat = wins.argmax(axis=1).astype(np.int64) if wins.size else np.zeros(0, np.int64)
    there = known.present[np.arange(known.winner.size), known.cut.spread(seat)]
    odds = np.where(there, 1 / np.maximum(known.present.sum(axis=1) - 1, 1), 0.0)
    frame = pl.DataFrame(
        {
            "group_id": known.groups.cast(pl.String),
            "seat": seat,
            "here": known.cut.count(there),
            "hits": wins.max(axis=1, initial=0),
            "odds_here": known.cut.sum(odds) / np.maximum(known.cut.count(there), 1),
        }
    )
    members = group_sets.sort("group_id", "bidder_id").select(
        "group_id",
        "bidder_id",
        seat=pl.int_range(pl.len(), dtype=pl.Int64).over("group_id"),
        size=pl.len().over("group_id"),
    )
    return frame.join(members.collect(), on=["group_id", "seat"])


def _elsewhere(rows: pl.LazyFrame, group_entries: pl.LazyFrame, firm_outcomes: pl.LazyFrame) -> pl.LazyFrame:
    """Per group the top winner's tries, wins and mean odds in tenders without other members."""
    together = group_entries.filter(pl.col("present") >= 2).select("group_id", "tender_id").unique()
    open_ones = firm_outcomes.filter(pl.col("n_winners") == 1, pl.col("n_contenders") >= 2)
    alone = (
        rows.select("group_id", "bidder_id")
        .join(open_ones, on="bidder_id")
        .join(together, on=["group_id", "tender_id"], how="anti")
    )
    return alone.group_by("group_id").agg(
        pl.len().cast(pl.Int64).alias("elsewhere"),
        pl.col("won").sum().cast(pl.Int64).alias("wins"),
        (1 / (pl.col("n_contenders").cast(pl.Float64) - 1)).mean().alias("odds_elsewhere"),
    )


_SCHEMA = pl.Schema(
    {"group_id": pl.String, "top_bids_elsewhere": pl.Int64, "top_wins_elsewhere": pl.Int64,
     "top_wins_due": pl.Float64, "designated_p": pl.Float64}
)  # fmt: skip


def _tested(rows: pl.DataFrame) -> pl.DataFrame:
    rows = rows.with_columns(pl.col("elsewhere", "wins").fill_null(0))
    known = rows.filter(pl.col("elsewhere") > 0)
    hits, here, elsewhere, wins = (known[c].to_numpy() for c in ("hits", "here", "elsewhere", "wins"))
    odds = known.select(ratio(pl.col("odds_here"), pl.col("odds_elsewhere"))).to_series().to_numpy()
    due, tail = mean_and_tail(hits, here, elsewhere, hits + wins, odds) if known.height else _NOTHING
    told = known.select(
        "group_id",
        pl.Series("top_wins_due", due, dtype=pl.Float64),
        (pl.Series("tail", tail, dtype=pl.Float64) * pl.col("size"))
        .clip(upper_bound=1)
        .alias("designated_p"),
    )
    counts = rows.select("group_id", top_bids_elsewhere="elsewhere", top_wins_elsewhere="wins")
    return counts.join(told, on="group_id", how="left").cast(dict(_SCHEMA))  # type: ignore[arg-type]


_NOTHING: tuple[Floats, Floats] = (np.zeros(0), np.zeros(0))
