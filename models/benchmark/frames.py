"""A labelled market as two frames of numbers, one row per tender and one per bid, and labels beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from features.build import Build
from features.catalogue import Grain
from models.benchmark import columns as c
from models.benchmark.clusters import communities
from records.tables import Market

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


class Unit(StrEnum):
    """What one judged row is, and which label it carries."""

    TENDER = "tender label"
    COUNTED = "tender label, per bid"
    BID = "bid label"


@dataclass(frozen=True)
class Labelled:
    """A market with labels.

    `tenders` and `bids` hold features and ids, never a label; only labelled rows are in them, in the order
    of `tender_id` (and `bid_id`). `tender_label` and `bid_label` go with their rows. `firms` says whether
    any bidder is seen in two tenders: without that nothing can be said of unseen firms.
    """

    name: str
    tenders: pl.DataFrame
    bids: pl.DataFrame
    tender_label: Bools
    bid_label: Bools
    firms: bool

    @property
    def dated(self) -> bool:
        """Most tenders have a deadline."""
        return 2 * self.tenders["deadline"].count() > self.tenders.height

    def frame(self, unit: Unit) -> pl.DataFrame:
        """Rows of a unit; counted per bid they are tenders still, and weigh as many bids as they have."""
        return self.bids if unit == Unit.BID else self.tenders

    def label(self, unit: Unit) -> Bools:
        """Labels of these rows."""
        return self.bid_label if unit == Unit.BID else self.tender_label

    def has(self, unit: Unit) -> bool:
        """Both classes are there."""
        return 0 < int(self.label(unit).sum()) < self.label(unit).size


def labelled(name: str, market: Market) -> Labelled | None:
    """Frames of a market, or nothing where no tender is labelled with either class."""
    of_tender, of_bid = _labels(market)
    if of_tender["label"].n_unique() < 2:
        return None
    build = Build(market)
    tenders = _tenders(build).join(of_tender, on="tender_id").sort("tender_id")
    firms = _firms(build)
    tenders = tenders.join(_company(build), on="tender_id", how="left").sort("tender_id")
    near = [n for n in (*c.NEAR, *c.NEAR_BEFORE) if n in tenders.columns]
    bids = _bids(build, tenders.drop("label", "label_known", "bidders", *c.NEAR_BEFORE)).join(
        of_bid, on=["tender_id", "bidder_id"]
    )
    bids = bids.sort("tender_id", "bid_id")
    tenders = tenders.with_columns(_cluster(tenders, firms=firms))
    bids = bids.join(tenders.select("tender_id", "cluster"), on="tender_id")
    tenders, bids = _numbers(tenders, near), _numbers(bids, ())
    return Labelled(
        name,
        tenders.drop("label"),
        bids.drop("label"),
        tenders["label"].to_numpy(),
        bids["label"].to_numpy(),
        firms,
    )


def _labels(market: Market) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The strongest decision about each tender, and about each bidder in a tender, latest last.

    A decision about a bidder alone speaks of all its bids. A tender without a decision of its own is
    labelled by its bidders': collusive where any is.
    """
    made = market.decisions.filter(pl.col("collusive").is_not_null()).sort(
        "strength", "known_at", "decision_id"
    )
    best = (pl.col("collusive").last().alias("label"), pl.col("known_at").last().alias("label_known"))
    entered = market.bids.select("tender_id", "bidder_id").unique()
    named = made.filter(pl.col("bidder_id").is_not_null())
    direct = named.filter(pl.col("tender_id").is_not_null())
    general = named.filter(pl.col("tender_id").is_null()).drop("tender_id").join(entered, on="bidder_id")
    of_bid = (
        pl.concat([general.select(direct.collect_schema().names()), direct])
        .group_by("tender_id", "bidder_id", maintain_order=True).agg(*best)
    )  # fmt: skip
    own = made.filter(pl.col("bidder_id").is_null()).group_by("tender_id", maintain_order=True).agg(*best)
    implied = (
        of_bid.join(own, on="tender_id", how="anti")
        .group_by("tender_id").agg(pl.col("label").any(), pl.col("label_known").max())
    )  # fmt: skip
    both = pl.concat([own, implied]).collect()
    return both.filter(pl.col("tender_id").is_not_null()), of_bid.drop("label_known").collect()


def _tenders(build: Build) -> pl.DataFrame:
    frame = build.grain(Grain.TENDER, also=["propagated_screens_market", "propagated_screens"])
    moments = ("deadline_at", "closed_at")
    return frame.select(
        "tender_id", *moments, "category", "region", "mechanism", "lowest_bid", "estimate", "n_equal_bids",
        *c.OWN, *c.NULLS, *c.NEAR, *c.NEAR_BEFORE,
    ).collect()  # fmt: skip


def _bids(build: Build, tenders: pl.DataFrame) -> pl.DataFrame:
    habits = build.grain(Grain.BIDDER).select("bidder_id", *c.HABITS).collect()
    own = build.grain(Grain.BID).select("tender_id", "bidder_id", "bid_id", "price", *c.BID).collect()
    return own.join(tenders, on="tender_id").join(habits, on="bidder_id", how="left")


def _firms(build: Build) -> bool:
    again = build.table("bids").group_by("bidder_id").agg(pl.col("tender_id").n_unique()).collect()
    return bool((again["tender_id"] > 1).any())


def _company(build: Build) -> pl.DataFrame:
    entries = build.table("bids").select("tender_id", "bidder_id").unique().sort("bidder_id")
    return (
        entries.group_by("tender_id", maintain_order=True).agg(pl.col("bidder_id").alias("bidders")).collect()
    )


def _cluster(tenders: pl.DataFrame, *, firms: bool) -> pl.Series:
    if not firms:
        return pl.Series("cluster", np.arange(tenders.height))
    return pl.Series("cluster", communities(tenders["bidders"]))


def _numbers(frame: pl.DataFrame, near: Sequence[str]) -> pl.DataFrame:
    """Everything that a method may read as Float64, unknown and infinite values null."""
    made = frame.with_columns(
        pl.col("deadline_at").dt.epoch("s").alias("deadline"),
        pl.col("category").rank("dense").alias("category_code"),
        pl.col("region").rank("dense").alias("region_code"),
    ).with_columns(_cardinal())
    wanted = (*c.OWN, *c.NULLS, *near, *c.BID, *c.HABITS, *c.NEAR, *c.CONTEXT, "price")
    numeric = [n for n in dict.fromkeys(wanted) if n in made.columns]
    return made.with_columns(pl.col(numeric).cast(pl.Float64)).with_columns(
        pl.when(pl.col(n).is_finite()).then(pl.col(n)) for n in numeric
    )


def _cardinal() -> tuple[pl.Expr, ...]:
    """The flags of OCDS Cardinal that prices and counts allow: R018, R024, R028, R058.

    Fences are over all processes at hand, 1.5 interquartile ranges out, silent where not above zero.
    The others need statuses, item codes, methods or moments of single bids.
    """
    gap = pl.when(pl.col("n_valid") >= 2).then("bid_gap_ratio")
    low, high = gap.quantile(0.25), gap.quantile(0.75)
    lower, upper = low - 1.5 * (high - low), high + 1.5 * (high - low)
    return (
        (pl.col("n_valid") == 1).fill_null(False).alias("flag_r018"),
        ((lower > 0) & (gap <= lower)).fill_null(False).alias("flag_r024"),
        (pl.col("n_equal_bids") > 0).fill_null(False).alias("flag_r028"),
        ((upper > 0) & (gap >= upper)).fill_null(False).alias("flag_r058"),
    )
