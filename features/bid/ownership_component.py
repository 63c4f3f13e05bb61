"""How many bidders of a tender one web of ownership and offices holds together (rules R03)."""

import numpy as np
import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block, frame
from features.components import components
from features.hashed import join_hashed
from features.tie.crossed import crosses
from features.tie.ownership import HUB

_PAIR = list(KEYS[Grain.TIE])
_ROLES = ("shareholder", "director", "legal_rep")


@frame(reach=Reach.TENDER)
def ownership_ties(
    control: pl.LazyFrame, common_owner_pairs: pl.LazyFrame, shared_values: pl.LazyFrame,
    crossed_values: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """Pairs of firms of a tender that an owner or officer ties: `tender_id, bidder_a, bidder_b`.

    Values held by more than fifty firms tie nobody, nor do partners in one bid.
    """
    few = pl.col("holders") <= HUB
    rivals = ~pl.col("joint_bid")
    same = shared_values.filter(pl.col("kind").is_in(_ROLES), few, rivals)
    other = crossed_values.filter(crosses("crossed_owner"), few, rivals)
    return pl.concat([t.select(_PAIR) for t in (control, common_owner_pairs, same, other)]).unique()


@block(
    Grain.BID,
    {
        "ownership_component": Column(
            "Leading bidders of the tender, this one included, that owners and officers tie together, "
            "however indirectly.", "同一股权任职关系团中的投标人数", "bidders",
            "owners or officers of two bidders or more are on record", "rules R03"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def ownership_component(
    ordered_bids: pl.LazyFrame, entrants: pl.LazyFrame, ownership_ties: pl.LazyFrame,
    identifier_coverage: pl.LazyFrame, owner_coverage: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per bid; firms behind one bid count as its lead, so partners are not counted twice."""
    asked = join_hashed(entrants, ownership_ties.select("tender_id").unique(), "tender_id", "semi")
    lead = join_hashed(asked, ordered_bids.select("bid_id", lead="bidder_id"), "bid_id").select(
        "tender_id", "bidder_id", "lead"
    )
    edges = ownership_ties
    for side in ("a", "b"):
        edges = edges.join(
            lead.select("tender_id", pl.col("bidder_id").alias(f"bidder_{side}"),
                        pl.col("lead").alias(f"lead_{side}")),
            on=["tender_id", f"bidder_{side}"],
        )  # fmt: skip
    tied = edges.filter(pl.col("lead_a") != pl.col("lead_b")).select("tender_id", "lead_a", "lead_b")
    sizes = tied.map_batches(_sizes, schema=_SIZE)
    kinds = [f"known_{kind}" for kind in _ROLES]
    known = identifier_coverage.select("tender_id", *kinds).join(
        owner_coverage, on="tender_id", how="full", coalesce=True
    )
    looked = pl.any_horizontal(pl.col(name) >= 2 for name in (*kinds, "known_owners")).fill_null(False)
    return (
        ordered_bids.select(KEYS[Grain.BID])
        .pipe(join_hashed, sizes, ["tender_id", "bidder_id"], "left")
        .pipe(join_hashed, known, "tender_id", "left")
        .select(
            *KEYS[Grain.BID],
            pl.when(looked).then(pl.col("ownership_component").fill_null(1)).otherwise("ownership_component")
            .alias("ownership_component"),
        )
    )  # fmt: skip


_SIZE = pl.Schema({"tender_id": pl.String(), "bidder_id": pl.String(), "ownership_component": pl.Int64()})


def _sizes(tied: pl.DataFrame) -> pl.DataFrame:
    """Size of the connected component of each tied bidder of each tender."""
    sides = [tied.select("tender_id", bidder_id=side) for side in ("lead_a", "lead_b")]
    nodes = pl.concat(sides).unique().with_row_index("node")
    a, b = (
        tied.select("tender_id", bidder_id=side)
        .join(nodes, on=["tender_id", "bidder_id"], how="left", maintain_order="left")["node"].to_numpy()
        for side in ("lead_a", "lead_b")
    )  # fmt: skip
    component = components(a, b, nodes.height)
    size = np.bincount(component)[component]
    return nodes.select("tender_id", "bidder_id", ownership_component=pl.Series(size, dtype=pl.Int64))
