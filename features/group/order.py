"""Whether the members of a group keep the same order from lot to lot, in price and in time of submission."""

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block
from features.group.contests import DRAWS
from features.group.shuffle import shuffled
from features.segments import Floats, Segments

_DOMAIN = "two lots or more with {} of three members or more"
_HAIR = 1e-9


@block(
    Grain.GROUP,
    {
        "price_concordance": Column(
            "Agreement of the members' price order over lots with three of them or more: Kendall's W, 1 "
            "where "
            "the order is always the same.", "报价顺序一致度", "share", _DOMAIN.format("bids"), "Kendall's "
            "W"),
        "price_order_p": Column(
            "Chance of so much agreement when every order within a lot is equally likely.",
            "报价顺序一致的偶然概率", "probability",
            f"{_DOMAIN.format('bids')}; conditional on which members bid; lasting differences in cost "
            f"agree as well"),
        "arrival_concordance": Column(
            "The same agreement of the order in which the members' bids were submitted.",
            "投标先后顺序一致度",
            "share", _DOMAIN.format("submission times"), "rules E14"),
        "arrival_order_p": Column(
            "Chance of so much agreement when every order of submission is equally likely.",
            "投标先后顺序一致的偶然概率", "probability",
            f"{_DOMAIN.format('submission times')}; conditional on which members bid; habits of early and "
            f"late "
            "firms agree as well", "rules E14"),
    },
)  # fmt: skip
def group_order(group_entries: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group with two such lots."""
    arrival = group_entries.with_columns(pl.col("submitted_at").cast(pl.Int64).cast(pl.Float64))
    price = concordance(group_entries, "price").rename({"w": "price_concordance", "p": "price_order_p"})
    time = concordance(arrival, "submitted_at").rename({"w": "arrival_concordance", "p": "arrival_order_p"})
    return price.join(time, on="group_id", how="full", coalesce=True)


def concordance(entries: pl.LazyFrame, value: str) -> pl.LazyFrame:
    """Kendall's W of the members' ranks by `value`, and its chance: `group_id, w, p`.

    Members may be absent from a lot: ranks are centred within the lot, and W is the share of their sum of
    squares that lies between members, which is Kendall's W where everybody is always there.
    """
    lot = ["group_id", "tender_id"]
    rank = pl.col(value).rank("average").over(lot)
    rows = (
        entries.filter(pl.col(value).is_not_null())
        .filter(pl.len().over(lot) >= 3)
        .filter(pl.col("tender_id").n_unique().over("group_id") >= 2)
        .sort(*lot, "bidder_id")
        .select(*lot, "bidder_id", (rank - (pl.len().over(lot) + 1) / 2).alias("rank"))
        .with_columns(pl.struct("group_id", "bidder_id").rank("dense").alias("member"))
        .collect()
    )
    return _tested(rows).lazy()


def _tested(rows: pl.DataFrame) -> pl.DataFrame:
    groups = rows["group_id"].rle().struct.unnest()
    group = Segments(groups["len"].to_numpy().astype(np.int64))
    lots = rows.select(pl.struct("group_id", "tender_id").rle().struct.field("len")).to_series()
    cut = Segments(lots.to_numpy().astype(np.int64))
    member = rows["member"].to_numpy().astype(np.int64) - 1
    entered = np.bincount(member)
    of = np.zeros(entered.size, np.int64)
    of[member] = group.spread(np.arange(group.n.size))

    def between(rank: Floats) -> Floats:
        return np.asarray(np.bincount(of, np.bincount(member, rank) ** 2 / entered, group.n.size), np.float64)

    rank, rng = rows["rank"].to_numpy(), np.random.default_rng(0)
    observed, total, high = between(rank), group.sum(rank**2), np.zeros(group.n.size)
    for _ in range(DRAWS if rank.size else 0):
        high += between(rank[shuffled(cut, rng)]) >= observed - _HAIR
    made = {"group_id": groups["value"], "w": observed / np.where(total > 0, total, np.nan)}
    return pl.DataFrame({**made, "p": (1 + high) / (DRAWS + 1)}, nan_to_null=True).cast(
        {"group_id": pl.String}
    )
