"""Extreme bids of a group's members that bring the benchmark nearer to the member that won (rules Q09)."""

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block
from features.group.contests import DRAWS
from features.market.average_bid import FEWEST_BIDS
from features.segments import Counts, Segments

EXTREME = 3
"""Median deviations from the median log bid from which a bid is extreme (rules Q09)."""

_LOTS = (
    "a mean-benchmark tender of five valid bids or more that a member won, with another member and an "
    "outsider"
)


@block(
    Grain.GROUP,
    {
        "support_lots": Column(
            "Mean-benchmark tenders of five valid bids or more that a member won, with another member and an "
            "outsider.", "成员中标的均值法标段数", "tenders", _LOTS, "rules Q09"),
        "support_bids": Column(
            "Other members' bids in them, more than three median deviations from the median log bid, that "
            "bring "
            "the benchmark nearer to the winner's bid.", "支撑报价数", "bids", _LOTS, "rules Q09"),
        "support_p": Column(
            "Chance of so many when each such bid of a tender is as likely to be any other bidder's.",
            "支撑报价过多的偶然概率", "probability",
            f"{_LOTS}; conditional on how many members bid in each and on which member won", "rules Q09"),
    },
)  # fmt: skip
def group_support(group_entries: pl.LazyFrame, benchmark_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group with such a tender.

    The benchmark with and without a bid is that of `benchmark_bids`: by the formula on record, which may cut
    extreme bids, or else the mean of the bids.
    """
    lots = _lots(group_entries, benchmark_bids).collect()
    found = lots.group_by("group_id", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("support_lots"), pl.col("members").sum().alias("support_bids")
    )
    return found.with_columns(pl.Series("support_p", _chances(lots), pl.Float64)).lazy()


def _lots(group_entries: pl.LazyFrame, benchmark_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group and such tender, sorted by group.

    Columns: `others` (bidders but the winner), `partners` (members among them), `all` supporting bids of
    theirs and those of `members`.
    """
    key = ["group_id", "tender_id"]
    ours = group_entries.filter(
        pl.col("mechanism") == "mean_benchmark", pl.col("n_firms") >= FEWEST_BIDS,
        pl.col("present") >= 2, pl.col("present") < pl.col("n_firms"),
        pl.col("won").sum().over(key) == 1,
    )  # fmt: skip
    winner = ours.filter("won").select(*key, "present", winner="bidder_id", target="price")
    off = pl.col("benchmark") - pl.col("target")
    nearer = off.abs() < (pl.col("benchmark_without") - pl.col("target")).abs()
    support = (nearer & (pl.col("deviation_in_mads").abs() > EXTREME)).fill_null(False)
    return (
        benchmark_bids.join(winner, on="tender_id")
        .filter(pl.col("bidder_id") != pl.col("winner"))
        .with_columns(support=support)
        .group_by(*key, "bidder_id").agg(pl.col("support").any(), pl.col("present").first())
        .join(ours.select(*key, "bidder_id", member=pl.lit(True)), on=[*key, "bidder_id"], how="left")
        .group_by(key).agg(
            pl.len().cast(pl.Int64).alias("others"),
            (pl.col("present").first().cast(pl.Int64) - 1).alias("partners"),
            pl.col("support").sum().cast(pl.Int64).alias("all"),
            (pl.col("support") & pl.col("member").fill_null(False)).sum().cast(pl.Int64).alias("members"),
        )
        .sort(key)
    )  # fmt: skip


def _chances(lots: pl.DataFrame) -> list[float]:
    """How often as many partners drawn among the other bidders of each tender support as often."""
    if lots.is_empty():
        return []
    cut = Segments(lots["group_id"].rle().struct.field("len").to_numpy().astype(np.int64))
    others, partners, supporting, seen = (_counts(lots, c) for c in ("others", "partners", "all", "members"))
    rng, observed = np.random.default_rng(0), cut.sum(seen.astype(np.float64))
    reached = np.zeros(cut.n.size)
    some = np.flatnonzero(supporting > 0)
    for _ in range(DRAWS):
        drawn = np.zeros(supporting.size)
        drawn[some] = rng.hypergeometric(supporting[some], (others - supporting)[some], partners[some])
        reached += cut.sum(drawn) >= observed
    return [float(p) for p in (1 + reached) / (DRAWS + 1)]


def _counts(lots: pl.DataFrame, name: str) -> Counts:
    return lots[name].to_numpy().astype(np.int64)
