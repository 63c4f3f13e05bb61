"""Labels of tenders from decisions on record: what was known at a moment, how sure, and how it was chosen.

A decision counts from the moment it became known, never before. A tender without one is unreviewed, which
is not clean. Tenders that were reviewed because an alert named them are no sample of the market; those of
the queue's random audit are. Each label therefore weighs its strength over the probability with which its
tender came under review (Horvitz and Thompson 1952), so that the few audited tenders speak for the many
that nobody looked at.
"""

from datetime import datetime

import numpy as np
import polars as pl

from records.tables import Market

LABEL, WEIGHT, UNIT, SELECTION = "label", "label_weight", "label_unit", "label_selection"
"""Columns that labels bring to a frame: collusive or not, weight, the company of firms that it belongs to,
and the probability with which the tender came under review, null where unknown."""

HEAVIEST = 50.0
"""A label counts as at most so many: one audited tender of a thousand must not decide a model alone."""

SCHEMA = pl.Schema(
    {
        "tender_id": pl.String(),
        LABEL: pl.Boolean(),
        WEIGHT: pl.Float64(),
        UNIT: pl.Int64(),
        "known_at": pl.Datetime("us", "UTC"),
        SELECTION: pl.Float64(),
    }
)


def labels(
    market: Market, *, as_of: datetime | None = None, selection: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row per tender that somebody decided on, as it was known strictly before `as_of`.

    Of several decisions on one tender the strongest counts, of equally strong ones the latest. A decision
    on one bidder's part in a tender makes the tender collusive where it says so, and says nothing of the
    tender otherwise. A decision on a firm without a tender is no label of a tender. Without `as_of` all
    decisions count, undated ones among them.

    Args:
        market: tables `decisions` and `bids` are read.
        as_of: the cut, an instant with a time zone.
        selection: `tender_id, selection`: the probability with which a tender came under review, from the
            queues of earlier runs. A label without one weighs its strength alone.

    Returns:
        `SCHEMA`, sorted by tender.

    """
    known = market.decisions.filter(pl.col("tender_id").is_not_null() & (pl.col("strength") > 0))
    if as_of is not None:
        known = known.filter(pl.col("known_at") < as_of)
    of_tender = known.filter(pl.col("bidder_id").is_null() | pl.col("collusive"))
    order = ["tender_id", "strength", "known_at", "collusive", "decision_id"]
    best = (
        of_tender.sort(order, descending=[False, True, True, True, False], nulls_last=True)
        .unique("tender_id", keep="first", maintain_order=True)
        .select("tender_id", pl.col("collusive").alias(LABEL), "strength", "known_at")
        .collect()
    )
    made = weighed(best, selection)
    return made.join(units(market, made), on="tender_id", how="left").select(SCHEMA.names()).cast(SCHEMA)


def weighed(best: pl.DataFrame, selection: pl.DataFrame | None) -> pl.DataFrame:
    """Labels with their weight: `strength` over the probability with which the tender came under review."""
    chosen = pl.DataFrame(schema={"tender_id": pl.String, "selection": pl.Float64})
    if selection is not None:
        chosen = selection.group_by("tender_id").agg(pl.col("selection").max())
    return best.join(chosen, on="tender_id", how="left").with_columns(
        (pl.col("strength") / pl.col("selection").fill_null(1.0)).clip(0, HEAVIEST).alias(WEIGHT),
        pl.col("selection").alias(SELECTION),
    )


def units(market: Market, tenders: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
    """The company that each tender belongs to: `tender_id, label_unit`.

    Firms that meet in these tenders form a graph; its Louvain communities are companies, and a tender
    belongs to the one of most of its bidders. Tenders of different companies may still share a firm.
    """
    bids = _entered(market, tenders)
    counted = (
        bids.join(_companies(bids, seed), on="bidder_id").group_by("tender_id", UNIT).agg(pl.len().alias("n"))
    )
    most = counted.sort("tender_id", "n", UNIT, descending=[False, True, False])
    return most.unique("tender_id", keep="first", maintain_order=True).select("tender_id", UNIT)


def companies(market: Market, tenders: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
    """The company of each firm in these tenders: `bidder_id, label_unit` (see `units`)."""
    return _companies(_entered(market, tenders), seed)


def _entered(market: Market, tenders: pl.DataFrame) -> pl.DataFrame:
    return (
        market.bids.join(tenders.lazy().select("tender_id"), on="tender_id", how="semi")
        .select("tender_id", "bidder_id")
        .unique()
        .sort("tender_id", "bidder_id")
        .collect()
    )


def _companies(bids: pl.DataFrame, seed: int) -> pl.DataFrame:
    import networkx as nx

    pairs = (
        bids.join(bids, on="tender_id", suffix="_b")
        .filter(pl.col("bidder_id") < pl.col("bidder_id_b"))
        .group_by("bidder_id", "bidder_id_b")
        .agg(pl.len().alias("n"))
        .sort("bidder_id", "bidder_id_b")
    )
    graph = nx.Graph()
    graph.add_nodes_from(bids["bidder_id"].unique().sort())
    graph.add_weighted_edges_from(pairs.iter_rows())
    found = nx.community.louvain_communities(graph, seed=seed) if graph else []
    firm, number = [f for c in found for f in c], np.repeat(np.arange(len(found)), [len(c) for c in found])
    return pl.DataFrame({"bidder_id": firm, UNIT: number}, schema={"bidder_id": pl.String, UNIT: pl.Int64})


def base_rate(found: pl.DataFrame) -> float | None:
    """Share of collusive tenders in the market, from labels with known selection; None without an audit.

    >>> found = pl.DataFrame({"label": [True, False, False, False], "label_weight": [1.0, 1.0, 9.0, 9.0],
    ...                       "label_selection": [1.0, 1.0, 1 / 9, 1 / 9]})
    >>> base_rate(found)
    0.05
    """
    known = found.filter(pl.col(LABEL).is_not_null(), pl.col(SELECTION).is_not_null())
    if not (known[SELECTION] < 1).any():
        return None
    weight = known[WEIGHT]
    return float(np.average(known[LABEL].to_numpy(), weights=weight.to_numpy()))


def labelled(frame: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """A frame with the label columns of its rows, null where nobody decided; only `fit` reads them."""
    made = (LABEL, WEIGHT, UNIT, SELECTION)
    keys = [name for name in ("tender_id", "bidder_id") if name in found.columns]
    return frame.drop(made, strict=False).join(
        found.select(*keys, *made), on=keys, how="left", maintain_order="left"
    )
