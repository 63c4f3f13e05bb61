"""Whether one member wins more of a group's contests, or all win more evenly, than equal chances give."""

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block
from features.group.contests import contests, drawn
from features.group.exchange import wins_of
from features.group.rotation import CONDITIONAL, CONTEST
from features.segments import Counts, Floats

_EQUAL = (
    f"{CONTEST}; {CONDITIONAL}; firms that are cheaper or better win more often without any agreement, so a "
    "small value alone says that members differ"
)
_HAIR = 1e-9


@block(
    Grain.GROUP,
    {
        "top_winner": Column("The member that won most contests; the first by name of several.",
                             "主要中标成员",
                             "", CONTEST, "rules O03"),
        "top_winner_wins": Column("Contests that it won.", "主要中标成员中标数", "tenders", CONTEST, "rules "
                                  "O03"),
        "group_top_share": Column("Share of the contests that it won.", "主要中标成员占比", "share", CONTEST,
                                  "rules O03"),
        "win_hhi": Column("Sum of the squared shares of the members' wins.", "中标集中度HHI", "share",
                          CONTEST),
        "top_winner_p": Column("Chance that some member wins so many contests when bidders have equal "
                               "chances.",
                               "固定中标的偶然概率", "probability", _EQUAL, "rules O03"),
        "concentration_p": Column("Chance of so high a concentration when bidders have equal chances.",
                                  "中标集中的偶然概率", "probability", _EQUAL, "rules O03"),
        "evenness_p": Column("Chance of so low a concentration when bidders have equal chances.",
                             "中标过匀的偶然概率", "probability", f"{CONTEST}; {CONDITIONAL}", "rules O04"),
    },
)  # fmt: skip
def group_concentration(group_entries: pl.LazyFrame, group_sets: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group with a contest; chance lets each member that bid win with equal chances."""
    known = contests(group_entries, group_sets)
    wins = wins_of(known.winner, known.group, known)
    squares, most = _hhi(wins), wins.max(axis=1)
    high, low, top = np.zeros((3, known.cut.n.size))
    draws = 0
    for winner in drawn(known):
        made, draws = wins_of(winner, known.group, known), draws + 1
        high += _hhi(made) >= squares - _HAIR
        low += _hhi(made) <= squares + _HAIR
        top += made.max(axis=1) >= most
    tested = pl.LazyFrame(
        {
            "group_id": known.groups.cast(pl.String),
            "seat": wins.argmax(axis=1).astype(np.int64),
            "top_winner_wins": most,
            "group_top_share": most / known.cut.n,
            "win_hhi": squares,
            "top_winner_p": (1 + top) / (draws + 1),
            "concentration_p": (1 + high) / (draws + 1),
            "evenness_p": (1 + low) / (draws + 1),
        }
    )
    return tested.join(_seated(group_sets), on=["group_id", "seat"]).drop("seat")


def _seated(group_sets: pl.LazyFrame) -> pl.LazyFrame:
    """Members by seat: their place in the order of names."""
    return group_sets.sort("group_id", "bidder_id").select(
        "group_id", top_winner="bidder_id", seat=pl.int_range(pl.len(), dtype=pl.Int64).over("group_id")
    )


def _hhi(wins: Counts) -> Floats:
    total = np.maximum(wins.sum(axis=1), 1)
    return np.asarray((wins.astype(np.float64) ** 2).sum(axis=1) / total**2)
