"""The marks of a tender's experts, bid by bid, and what is striking about them."""

from typing import NamedTuple

import polars as pl

from detect.rule import Rule
from features.build import Build
from features.tender.decisive_expert import COPIED_BIDDERS, COPIED_ITEMS
from records.tables import Market, market_of

FAR = 0.30
"""Share of the panel's mean from which a mark lies far from the others' (rules X01)."""

_READ = frozenset(
    {"n_decisive_experts", "n_copied_sheets", "n_objective_disagreements", "largest_mark_deviation"}
)
_TABLES = ("tenders", "bids", "expert_scores", "panels")


class Marks(NamedTuple):
    """What the experts of one tender gave.

    * `totals`: `expert_id, bidder_id, total` (sum of the expert's marks for the bid, in points), `far` (one
      of them lies `FAR` or more from the others' mean), `uneven` (one for an objective item differs from
      a colleague's).
    * `decisive`: experts without whose marks another bidder would have won, with that bidder's id.
    * `alike`: pairs of experts whose marks for judgements are all equal.
    """

    totals: pl.DataFrame
    decisive: dict[str, str]
    alike: list[tuple[str, str]]


def reads_marks(rule: Rule) -> bool:
    """Whether a rule about a tender rests on what its experts gave.

    >>> from detect.rule import all_rules
    >>> [i for i, rule in all_rules().items() if reads_marks(rule)]
    ['X04', 'X05', 'X06']
    """
    return bool(_READ & set(rule.inputs))


def marks(market: Market, tender_id: str) -> Marks | None:
    """The marks of a tender; None where none is on record."""
    tables = market.to_dict()
    here = {name: tables[name].filter(pl.col("tender_id") == tender_id).collect() for name in _TABLES}
    if here["expert_scores"]["score"].drop_nulls().is_empty():
        return None
    build = Build(market_of(**here))
    mark = ["expert_id", "bidder_id"]
    off = build.table("mark_deviations").group_by(mark).agg(
        (pl.col("relative_deviation").abs() >= FAR).any().alias("far")
    )  # fmt: skip
    seat = ["bidder_id", "item"]
    given = build.table("marks").with_columns(
        uneven=pl.col("objective").fill_null(False) & (pl.col("score").n_unique().over(seat) > 1)
    )
    totals = (
        given.group_by(mark)
        .agg(pl.col("score").sum().alias("total"), pl.col("uneven").any())
        .join(off, on=mark, how="left")
        .with_columns(pl.col("far").fill_null(False))
        .sort(mark)
    )
    decided = build.table("without_one_expert").filter(pl.col("winner") != pl.col("winner_without"))
    same = build.table("alike_sheets").filter(
        pl.col("bidders") >= COPIED_BIDDERS,
        pl.col("items") >= COPIED_ITEMS,
        pl.col("equal") == pl.col("common"),
    )
    return Marks(
        totals.select(*mark, "total", "far", "uneven").collect(),
        dict(decided.select("expert_id", "winner_without").sort("expert_id").collect().iter_rows()),
        same.select("expert_a", "expert_b").sort("expert_a", "expert_b").collect().rows(),
    )
