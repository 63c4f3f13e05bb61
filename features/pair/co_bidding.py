"""Which two bidders meet more often than their own activity explains: a snapshot of a whole market.

Chance is computed within a stratum (category and region), since firms of one trade and place meet
anyway; where categories and regions are not on record, or firms are active in different years, segments
of trade, place and time pass for company. Not as of a moment: this table describes the market, and no
tender's features may read it.
"""

from functools import partial

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from features.catalogue import Column, Grain, block, frame
from features.false_discovery import false_discovery_rate
from features.hypergeometric import upper_tail
from features.segments import Counts, Floats
from features.tie.joint_bids import named_pairs

MIN_LOTS = 30
"""A stratum with fewer lots is merged into its category, a category into the rest of the market."""


@frame
def strata(tenders: pl.LazyFrame, priced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a priced bid: `tender_id, stratum, stratum_basis`.

    The basis says how far the tender had to be pooled: "category and region", "category" or "market".
    """
    entered = tenders.join(priced_bids, on="tender_id", how="semi")
    cell = pl.col("category").is_not_null() & pl.col("region").is_not_null()
    fine = cell & (pl.len().over("category", "region") >= MIN_LOTS)
    pooled = pl.col("category").is_not_null() & ((~pl.col("fine")).sum().over("category") >= MIN_LOTS)
    coarse = ~pl.col("fine") & pooled
    return (
        entered.select("tender_id", "category", "region", fine.alias("fine"))
        .with_columns(coarse.alias("coarse"))
        .select(
            "tender_id",
            pl.when("fine").then(pl.format("{} / {}", "category", "region"))
            .when("coarse").then(pl.format("{} / other regions", "category"))
            .otherwise(pl.lit("rest of the market")).alias("stratum"),
            pl.when("fine").then(pl.lit("category and region")).when("coarse").then(pl.lit("category"))
            .otherwise(pl.lit("market")).alias("stratum_basis"),
        )
    )  # fmt: skip


@block(
    Grain.PAIR,
    {
        "n_joint": Column("Tenders in which both placed a valid priced bid.", "共同投标次数", "tenders"),
        "pair_jaccard": Column("Share of the tenders that either entered in which both bid.",
                               "共同投标Jaccard系数", "share"),
        "expected_joint": Column("Meetings that chance gives within the strata where both are active.",
                                 "期望共同投标次数", "tenders"),
        "pair_lift": Column("Meetings over those that chance gives.", "共同投标提升度", "times",
                            source="rules O02"),
        "joint_p": Column(
            "Chance of so many meetings in the stratum where they stand out most: the hypergeometric upper "
            "tail, times the number of strata where both are active.",
            "共同投标的偶然概率", "probability", source="rules O02"),
        "joint_q": Column(
            "The same as a false discovery rate among all pairs of bidders with a stratum in common, most of "
            "which never met.", "共同投标的错误发现率", "probability",
            source="Benjamini and Hochberg 1995; rules O02"),
        "n_common_strata": Column("Strata in which both are active.", "共同活跃的分层数", "strata"),
        "stratum": Column("The stratum that joint_p speaks of.", "分层"),
        "stratum_basis": Column("How far that stratum was pooled: category and region, category, or market.",
                                "分层依据"),
    },
)  # fmt: skip
def co_bidding(
    joint_bids: pl.LazyFrame, coded_entries: pl.LazyFrame, strata: pl.LazyFrame,
    bidder_codes: pl.LazyFrame, tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per pair of bidders that met at least twice."""
    names = (
        strata.select("stratum", "stratum_basis").unique("stratum").sort("stratum").with_row_index("place")
    )
    of_tender = (
        strata.join(names, on="stratum").join(tender_codes, on="tender_id").select("tender", "place")
    )  # fmt: skip
    entries = coded_entries.select("tender", "bidder").join(of_tender, on="tender")
    activity = entries.group_by("bidder", "place").agg(pl.len().cast(pl.Int64).alias("entered"))
    sizes = _sizes(entries)
    met = (
        joint_bids.filter(pl.col("meetings") >= 2).select("tender", "pair").join(of_tender, on="tender")
        .group_by("pair", "place").agg(pl.len().cast(pl.Int64).alias("joint"))
    )  # fmt: skip
    rows = _sides(met).join(sizes, on="place")
    for side in "ab":
        of = activity.rename({"bidder": side, "entered": f"of_{side}"})
        rows = rows.join(of, on=[side, "place"])
    first = pl.col("place").sort_by("p", "place").first()
    listed = (
        rows.with_columns(p=pl.struct(_P_OF).map_batches(_tail, return_dtype=pl.Float64))
        .group_by("pair").agg(pl.col("joint").sum().alias("n_joint"), pl.col("p").min(), first)
    )  # fmt: skip
    by_chance = partial(_with_chance, activity=activity, sizes=sizes)
    return (
        named_pairs(_sides(listed).map_batches(by_chance, schema=_CHANCE), bidder_codes)
        .join(names, on="place")
        .join(_possible_pairs(activity), how="cross")
        .with_columns((pl.col("p") * pl.col("n_common_strata")).clip(upper_bound=1.0).alias("joint_p"))
        .with_columns(
            false_discovery_rate(pl.col("joint_p"), pl.col("possible")).alias("joint_q"),
            (pl.col("n_joint") / (pl.col("entered_a") + pl.col("entered_b") - pl.col("n_joint")))
            .alias("pair_jaccard"),
            (pl.col("n_joint") / pl.col("expected_joint")).alias("pair_lift"),
        )
        .drop("p", "place", "entered_a", "entered_b", "possible")
    )  # fmt: skip


_CHANCE = pl.Schema(
    {
        "pair": pl.UInt64, "n_joint": pl.Int64, "p": pl.Float64, "place": pl.UInt32,
        "expected_joint": pl.Float64, "n_common_strata": pl.UInt32,
        "entered_a": pl.Int64, "entered_b": pl.Int64,
    }
)  # fmt: skip
_AT_ONCE = 250_000
_P_OF = ("joint", "entries", "places", "of_a", "of_b")


def _sizes(entries: pl.LazyFrame) -> pl.LazyFrame:
    """Of each stratum: its entries, and the sum of n (n - 1) over its lots of n entries."""
    n = pl.col("n")
    lots = entries.group_by("place", "tender").agg(pl.len().cast(pl.Float64).alias("n"))
    return lots.group_by("place").agg(
        n.sum().alias("entries"), (n * (n - 1)).sum().clip(lower_bound=1.0).alias("places")
    )


def _equal_lots(entries: Floats, places: Floats, of_a: Floats, of_b: Floats) -> Floats:
    """The number of equal lots in which random entries of two bidders meet as often as in those at hand.

    Lots that draw many bidders bring any two together more often than others do. Of the M entries of a
    stratum a lot of n draws bidder a with chance a n / M, and b into one of its other n - 1 places with
    chance b (n - 1) / (M - a). Plain lots let 2 to 3 % of p-values fall at or below 0.01 in simulated
    competition with 2 to 10 bidders.
    """
    equal = entries * (entries - (of_a + of_b) / 2) / places
    return np.asarray(np.maximum(np.maximum(equal, of_a), of_b))


def _sides(coded: pl.LazyFrame) -> pl.LazyFrame:
    """Add the numbers of both bidders of `pair`."""
    halves = {"a": pl.col("pair") // 2**32, "b": pl.col("pair") % 2**32}
    return coded.with_columns(half.cast(pl.UInt32).alias(side) for side, half in halves.items())


def _with_chance(listed: pl.DataFrame, activity: pl.LazyFrame, sizes: pl.LazyFrame) -> pl.DataFrame:
    """Meetings that chance gives, strata in common and tenders of each side, by products of sparse rows.

    Bidders are rows, strata columns; joining every pair to all strata of one side would make a table
    twenty times as long as the pairs.
    """
    of, size = activity.collect(), sizes.sort("place").collect()
    firm, place = of["bidder"].to_numpy(), of["place"].to_numpy()
    shape = (int(firm.max(initial=0)) + 1, size.height)
    entered = csr_array((of["entered"].to_numpy().astype(np.float64), (firm, place)), shape=shape)
    active = csr_array((np.ones(entered.nnz), entered.indices, entered.indptr), shape=shape)
    entries, places = size["entries"].to_numpy(), size["places"].to_numpy()
    found: dict[str, list[Floats | Counts]] = {
        name: [np.zeros(0)] for name in ("expected_joint", "n_common_strata")
    }
    for rows in listed.select("a", "b").iter_slices(_AT_ONCE):
        a, b = rows["a"].to_numpy(), rows["b"].to_numpy()
        of_a, of_b = entered[a].multiply(active[b]).tocsr(), active[a].multiply(entered[b]).tocsr()
        at = of_a.indices
        chance = of_a.data * of_b.data / _equal_lots(entries[at], places[at], of_a.data, of_b.data)
        common = np.diff(of_a.indptr).astype(np.int64)
        found["expected_joint"].append(np.bincount(np.repeat(np.arange(a.size), common), chance, a.size))
        found["n_common_strata"].append(common)
    total = entered.sum(axis=1)
    return (
        listed.with_columns(pl.Series(name, np.concatenate(parts)) for name, parts in found.items())
        .with_columns(pl.Series(f"entered_{side}", total[listed[side].to_numpy()]) for side in "ab")
        .select(_CHANCE.names()).cast(_CHANCE)
    )  # fmt: skip


def _possible_pairs(activity: pl.LazyFrame) -> pl.LazyFrame:
    """How many pairs of bidders have a stratum in common, or a few more.

    All of them were up for the test: a pair is listed because it met, so that to count the listed ones only
    would hide the misses. Pairs with several common strata count in each, but never more than there are pairs
    of bidders; a count too high makes the rate too cautious.
    """
    pairs = pl.len().cast(pl.Int64) * (pl.len().cast(pl.Int64) - 1) // 2
    within = activity.group_by("place").agg(pairs.alias("pairs"))
    every = activity.select("bidder").unique().select(pairs.alias("every"))
    return (
        within.select(pl.col("pairs").sum())
        .join(every, how="cross")
        .select(pl.min_horizontal("pairs", "every").alias("possible"))
    )


def _tail(counts: pl.Series) -> pl.Series:
    of = counts.struct.unnest()
    joint, entries, places, a, b = (of[name].cast(pl.Float64).to_numpy() for name in _P_OF)
    return pl.Series(upper_tail(joint, _equal_lots(entries, places, a, b), a, b))
