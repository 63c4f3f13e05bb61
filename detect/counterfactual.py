"""Who would have won mean-benchmark awards without some bidders, at what price, and how unusual that is.

Where the bid nearest to a mean of bids wins, bids that cannot win still choose the winner (rules Q08). This
takes the bids of a group out, lets the rule of award name another winner, and does the same with as many
random bidders of the same tenders. It shows what the bids did, not what anybody meant.

Example. Seven firms bid 88, 90, 91, 92, 93, 110 and 112; the bid nearest the mean, 96.6, wins: 93. Without
the two dear bids the mean is 90.8 and 91 wins: the award would have been 2.2 % lower. Two random bidders of
the seven are these two in 1 of 21 draws; over ten such tenders, always with the same two firms, random pairs
do as much in far fewer than one draw of a thousand.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from features.bid.benchmark import recorded_terms
from features.build import Build
from features.market.replay import chosen
from records.source import BadInput

DRAWS = 999
"""Random groups behind a p-value."""


@dataclass(frozen=True)
class Counterfactual:
    """What a group's bids did to the awards that it took part in.

    * `tenders`: one row per tender that was replayed: `tender_id, rule, n_bids, members, winner, price,
      member_won, winner_without, price_without, changed` (another firm wins without the members) and
      `pivotal` (a member won and would not have without the *other* members).
    * `entered`: mean-benchmark tenders with a member's valid bid; `too_few`: of them, those with too few bids
      left without the members; `unexplained`: those whose recorded winner the rule does not name, which
      are left out since nothing can be said of them.
    * `changed`, `pivotal`: tenders of either kind; `dearer`: mean of price over price without, less one.
    * `usual`: means of these three among random groups, `p`: how often such groups reach them.
    """

    bidders: tuple[str, ...]
    tenders: pl.DataFrame
    entered: int
    too_few: int
    unexplained: int
    found: dict[str, float]
    usual: dict[str, float]
    p: dict[str, float]
    draws: int

    def to_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        return {**asdict(self), "tenders": self.tenders.to_dicts()}


def members_of(build: Build, group: str) -> list[str]:
    """The members of a group of bidders.

    Raises:
        BadInput: there is no such group.

    """
    groups = build.table("group_members").select("group_id", "bidder_id").collect()
    found = groups.filter(pl.col("group_id").cast(pl.String) == group)["bidder_id"].unique().sort()
    if found.is_empty():
        known = groups["group_id"].cast(pl.String).unique().sort().head(5).to_list()
        raise BadInput(f"No group of bidders is called {group!r}", "--group", f"Groups are {known}, ...")
    return found.to_list()


def counterfactual(
    build: Build, bidders: Collection[str], *, draws: int = DRAWS, seed: int = 0
) -> Counterfactual:
    """Replay every mean-benchmark award that the bidders entered without their bids.

    The formula is the one on record (`mechanism_detail`: a drawn `benchmark`, `ceiling_weight`,
    `trim_from`), and the bid nearest to it wins, of two as near the lower. Tenders without a formula on
    record follow the trimmed mean of Italian works or the plain mean of the bids, whichever names more of
    their recorded winners.

    Raises:
        BadInput: none of the bidders has a valid priced bid in a mean-benchmark tender.

    """
    replay = chosen(_rows(build))
    member = replay.rows["bidder_id"].is_in(list(bidders)).to_numpy()
    if not member.any():
        raise BadInput(
            f"None of {sorted(bidders)} has a valid priced bid in a tender awarded by a mean of bids",
            "--bidders", "Check the ids: bidlens explain TENDER shows them; only such awards can be "
            "replayed.",
        )  # fmt: skip
    entered = replay.cut.count(member) > 0
    winner = replay.winner(np.ones(member.size, np.bool_))
    won = replay.rows["won"].to_numpy()
    known = replay.cut.count(won) > 0
    explained = ~known | ((winner >= 0) & won[winner])
    enough = replay.winner(~member) >= 0
    part = replay.only(entered & explained & enough)
    member = (
        replay.rows["bidder_id"]
        .is_in(list(bidders))
        .to_numpy()[replay.cut.spread(entered & explained & enough)]
    )
    tenders = part.replayed(member)
    found = _summary(tenders)
    drawn = [_summary(part.replayed(m)) for m in part.random(member, draws, seed)] if tenders.height else []
    return Counterfactual(
        tuple(sorted(bidders)),
        tenders,
        entered=int(entered.sum()),
        too_few=int((entered & ~enough).sum()),
        unexplained=int((entered & enough & ~explained).sum()),
        found=found,
        usual={name: float(np.mean([d[name] for d in drawn])) if drawn else float("nan") for name in found},
        p={
            name: (1 + sum(d[name] >= found[name] - 1e-12 for d in drawn)) / (len(drawn) + 1)
            for name in found
        },
        draws=len(drawn),
    )


def _rows(build: Build) -> pl.DataFrame:
    """The lowest valid bid of every firm in every mean-benchmark tender, sorted by tender and price."""
    lowest = (
        build.table("priced_bids").group_by("tender_id", "bidder_id")
        .agg(pl.col("price").min(), pl.col("ceiling").first().cast(pl.Float64))
    )  # fmt: skip
    won = (
        build.table("bids").filter(pl.col("won")).select("tender_id", "bidder_id", won=pl.lit(True)).unique()
    )
    return (
        lowest.join(recorded_terms(build.table("tenders")), on="tender_id")
        .join(won, on=["tender_id", "bidder_id"], how="left")
        .with_columns(pl.col("won").fill_null(False))
        .sort("tender_id", "price", "bidder_id").collect()
    )  # fmt: skip


def _summary(tenders: pl.DataFrame) -> dict[str, float]:
    found = tenders.select(
        pl.col("changed").sum(),
        pl.col("pivotal").sum(),
        (pl.col("price") / pl.col("price_without") - 1).mean().fill_null(float("nan")).alias("dearer"),
    )
    return {name: float(value) for name, value in found.row(0, named=True).items()}
