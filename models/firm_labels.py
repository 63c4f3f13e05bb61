"""Labels of bids and firms, from decisions that name a bidder; see `models.labels` for those of tenders."""

from collections.abc import Callable
from datetime import datetime

import polars as pl

from features.catalogue import Grain
from models.labels import LABEL, SCHEMA, SELECTION, UNIT, companies, labels, units, weighed
from records.tables import Market

OF_BIDS = pl.Schema({"tender_id": pl.String(), "bidder_id": pl.String(), **dict(list(SCHEMA.items())[1:])})
OF_BIDDERS = pl.Schema({"bidder_id": pl.String(), **dict(list(SCHEMA.items())[1:])})

OWN, AT_LARGE, TENDER = 0, 1, 2
"""How close to the bid a decision is: of equally strong ones the closest counts."""


def labels_of(
    grain: Grain, market: Market, *, as_of: datetime | None = None, selection: pl.DataFrame | None = None
) -> pl.DataFrame | None:
    """Labels of a grain as they were known strictly before `as_of`, None where the grain has none."""
    made = _LABELS.get(grain)
    return None if made is None else made(market, as_of, selection)


def bid_labels(
    market: Market, *, as_of: datetime | None = None, selection: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row per bidder in a tender that somebody decided on: `OF_BIDS`, sorted.

    The strongest decision counts; of equally strong ones that on the bid itself, then that on the bidder at
    large, which speaks of all its bids, then one that clears the whole tender; then the latest. That a tender
    was found collusive is no label of a bid. Selection is that of the tender.
    """
    known = _known(market, as_of)
    entered = market.bids.select("tender_id", "bidder_id").unique()
    named = known.filter(pl.col("bidder_id").is_not_null())
    own = named.filter(pl.col("tender_id").is_not_null()).with_columns(pl.lit(OWN).alias("far"))
    large = (
        named.filter(pl.col("tender_id").is_null()).drop("tender_id").join(entered, on="bidder_id")
        .with_columns(pl.lit(AT_LARGE).alias("far"))
    )  # fmt: skip
    cleared = (
        known.filter(pl.col("bidder_id").is_null(), ~pl.col("collusive")).drop("bidder_id")
        .join(entered, on="tender_id").with_columns(pl.lit(TENDER).alias("far"))
    )  # fmt: skip
    every = pl.concat([own, large, cleared], how="diagonal").join(
        entered, on=["tender_id", "bidder_id"], how="semi"
    )
    best = _best(every, ["tender_id", "bidder_id"])
    made = weighed(best, selection).join(units(market, best), on="tender_id", how="left")
    return made.select(OF_BIDS.names()).cast(OF_BIDS).sort("tender_id", "bidder_id")


def bidder_labels(market: Market, *, as_of: datetime | None = None) -> pl.DataFrame:
    """One row per firm that somebody decided on: `OF_BIDDERS`, sorted.

    Per tender, or at large, the strongest decision counts. A firm is collusive where one of them says so,
    from the moment when the first became known; else it is cleared. How firms came under review is unknown.
    """
    known = _known(market, as_of).filter(pl.col("bidder_id").is_not_null())
    best = _best(known.with_columns(pl.lit(OWN).alias("far")), ["tender_id", "bidder_id"])
    guilty = pl.col(LABEL).any().over("bidder_id")
    firms = (
        best.filter(pl.col(LABEL) == guilty)
        .group_by("bidder_id", LABEL)
        .agg(pl.col("strength").max().alias("label_weight"), pl.col("known_at").min())
    )
    met = market.bids.join(firms.lazy().select("bidder_id"), on="bidder_id", how="semi").select("tender_id")
    company = companies(market, met.unique().collect())
    made = firms.join(company, on="bidder_id", how="left").with_columns(pl.lit(None).alias(SELECTION))
    alone = pl.int_range(pl.len()) + pl.col(UNIT).max().fill_null(0) + 1
    return (
        made.sort("bidder_id").with_columns(pl.coalesce(UNIT, alone).alias(UNIT))
        .select(OF_BIDDERS.names()).cast(OF_BIDDERS)
    )  # fmt: skip


def _known(market: Market, as_of: datetime | None) -> pl.LazyFrame:
    known = market.decisions.filter((pl.col("strength") > 0) & pl.col("collusive").is_not_null())
    known = known if as_of is None else known.filter(pl.col("known_at") < as_of)
    return known.select("decision_id", "tender_id", "bidder_id", "collusive", "strength", "known_at")


def _best(every: pl.LazyFrame, keys: list[str]) -> pl.DataFrame:
    """The decision that counts per key: `strength, known_at` and the label."""
    order = [*keys, "strength", "far", "known_at", "collusive", "decision_id"]
    down = [*(False for _ in keys), True, False, True, True, False]
    found = every.sort(order, descending=down, nulls_last=True).unique(
        keys, keep="first", maintain_order=True
    )
    return found.select(*keys, pl.col("collusive").alias(LABEL), "strength", "known_at").collect()


_Labels = Callable[[Market, datetime | None, pl.DataFrame | None], pl.DataFrame]

_LABELS: dict[Grain, _Labels] = {
    Grain.TENDER: lambda market, as_of, selection: labels(market, as_of=as_of, selection=selection),
    Grain.BID: lambda market, as_of, selection: bid_labels(market, as_of=as_of, selection=selection),
    Grain.BIDDER: lambda market, as_of, _: bidder_labels(market, as_of=as_of),
}
