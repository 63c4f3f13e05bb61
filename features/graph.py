"""The bidder-affinity graph: who meets whom more than chance, and more than their sub-market explains.

Firms of one trade and place meet anyway, so a pair has to stand out twice. First against its stratum, with
the false-discovery rate held over all pairs that could have met there. Louvain communities of those pairs
are sub-markets: circles of firms that know each other. Then against its sub-market, where a meeting counts
for 1 / (bidders - 1), since two firms that meet alone say more than two of thirty.
"""

from typing import TYPE_CHECKING

import polars as pl

from features.catalogue import frame
from features.tie.joint_bids import named_pairs, pair_code

if TYPE_CHECKING:
    import networkx as nx

FALSE_DISCOVERIES = 0.01
"""Expected share of chance pairs among those kept in a stratum (rules O02)."""
FEWEST_MEETINGS = 3
STANDS_OUT = 1.5
"""Standard deviations above a sub-market's expectation. No test: pairs were picked for meeting often."""
RARE_BITS = 5.0
"""Rarity of shared identifiers that makes an edge without further meetings."""
SMALLEST_SUBMARKET = 9
"""A community of fewer firms may be one ring, so it cannot say what is usual: its tenders stay in their
stratum."""
RESOLUTION = 0.5
"""Louvain's resolution for sub-markets; below 1 favours few and large ones."""

_PAIR = ["bidder_a", "bidder_b"]


@frame
def significant_pairs(
    co_bidding: pl.LazyFrame, strata: pl.LazyFrame, priced_bids: pl.LazyFrame
) -> pl.LazyFrame:
    """Pairs that met three times or more and far more often than their stratum gives.

    Columns: `bidder_a, bidder_b, n_joint`, `joint_q` (Benjamini and Hochberg 1995 over every two firms
    active in the stratum, met or not).
    """
    entered = priced_bids.join(strata, on="tender_id")
    firms = entered.group_by("stratum").agg(pl.col("bidder_id").n_unique().cast(pl.Float64).alias("firms"))
    pairs = pl.col("firms") * (pl.col("firms") - 1) / 2
    listed = co_bidding.join(firms, on="stratum").sort("stratum", "joint_p", *_PAIR)
    place = pl.int_range(1, pl.len() + 1).over("stratum")
    q = (pl.col("joint_p") * pairs / place).reverse().cum_min().over("stratum")
    return (
        listed.with_columns(q.reverse().over("stratum").clip(upper_bound=1.0).alias("joint_q"))
        .filter((pl.col("joint_q") <= FALSE_DISCOVERIES) & (pl.col("n_joint") >= FEWEST_MEETINGS))
        .select(*_PAIR, "n_joint", "joint_q")
    )


@frame
def submarkets(
    significant_pairs: pl.LazyFrame, strata: pl.LazyFrame, priced_bids: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tender with a priced bid: `tender_id, submarket`.

    A tender belongs to the community of most of its bidders where two or more belong to it, and to its
    stratum otherwise. Firms belong to no one place: who enters tenders of two sub-markets counts in both.
    """
    edges = significant_pairs.select(_PAIR).collect()
    home = _communities(affinity_graph(edges)).lazy()
    most = (
        priced_bids.select("tender_id", "bidder_id").unique()
        .join(home, on="bidder_id")
        .group_by("tender_id", "community").len()
        .filter(pl.col("len") >= 2)
        .sort("len", "community", descending=[True, False])
        .unique("tender_id", keep="first", maintain_order=True)
    )  # fmt: skip
    named = pl.format("sub-market {}", "community")
    return strata.join(most, on="tender_id", how="left").select(
        "tender_id", pl.coalesce(named, "stratum").alias("submarket")
    )


def _communities(graph: "nx.Graph", seed: int = 0) -> pl.DataFrame:
    """Louvain communities of nine firms or more: `bidder_id, community`, numbered by their first firm.

    Every edge counts alike and the resolution is coarse, so that a busy ring does not make its own circle.
    """
    import networkx as nx

    found = (
        nx.community.louvain_communities(graph, weight=None, resolution=RESOLUTION, seed=seed)
        if len(graph)
        else []
    )
    large = sorted(sorted(firms) for firms in found if len(firms) >= SMALLEST_SUBMARKET)
    rows = [(firm, number) for number, firms in enumerate(large) for firm in firms]
    return pl.DataFrame(rows, {"bidder_id": pl.String, "community": pl.Int64}, orient="row")


@frame
def affinity(
    joint_bids: pl.LazyFrame, submarkets: pl.LazyFrame, coded_entries: pl.LazyFrame,
    significant_pairs: pl.LazyFrame, shared_identifiers: pl.LazyFrame,
    bidder_codes: pl.LazyFrame, tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """Edges: `bidder_a, bidder_b, submarket, weight, basis`, `meetings` and `shared_rarity` behind them.

    The weight is the pair's standing in its sub-market, in standard deviations and not below zero, plus the
    bits of rarity of what it shares; the basis says which of the two passed: "meetings", "identifiers" or
    "both".
    """
    rare = shared_identifiers.filter(pl.col("shared_rarity") >= RARE_BITS).select(*_PAIR, "shared_rarity")
    asked = pl.concat([significant_pairs.select(_PAIR), rare.select(_PAIR)]).unique()
    places = submarkets.join(tender_codes.select("tender", "tender_id"), on="tender_id")
    met = _weighted_meetings(joint_bids, places, _codes(asked, bidder_codes))
    often = pl.col("meetings") >= FEWEST_MEETINGS
    out = often & (pl.col("standing") >= STANDS_OUT)
    tied = pl.col("shared_rarity").is_not_null()
    kept = significant_pairs.select(*_PAIR, pl.lit(True).alias("significant"))
    return (
        named_pairs(met, bidder_codes)
        .join(kept, on=_PAIR, how="left").join(rare, on=_PAIR, how="left")
        .pipe(_standing, _usual(coded_entries, places, bidder_codes))
        .with_columns((out & pl.col("significant").fill_null(False)).alias("out"))
        .filter(pl.col("out") | tied)
        .select(
            *_PAIR, "submarket",
            (pl.col("standing").clip(lower_bound=0.0) + pl.col("shared_rarity").fill_null(0.0))
            .alias("weight"),
            pl.when(pl.col("out") & tied).then(pl.lit("both"))
            .when("out").then(pl.lit("meetings")).otherwise(pl.lit("identifiers")).alias("basis"),
            "meetings", "shared_rarity",
        )
        .sort("submarket", *_PAIR)
    )  # fmt: skip


def _codes(pairs: pl.LazyFrame, bidder_codes: pl.LazyFrame) -> pl.LazyFrame:
    """The number `pair` of named pairs."""
    for side in "ab":
        numbers = bidder_codes.select(
            pl.col("bidder_id").alias(f"bidder_{side}"), pl.col("bidder").alias(side)
        )
        pairs = pairs.join(numbers, on=f"bidder_{side}")
    return pairs.select(pair=pair_code(pl.col("a"), pl.col("b")))


def _weighted_meetings(joint_bids: pl.LazyFrame, places: pl.LazyFrame, asked: pl.LazyFrame) -> pl.LazyFrame:
    """Per pair asked about and sub-market, the meetings and their sum of 1 / (bidders - 1)."""
    pairs = pl.len().over("tender").cast(pl.Float64)
    others = ((8 * pairs + 1).sqrt() - 1) / 2
    return (
        joint_bids.select("tender", "pair", (1 / others).alias("close"))
        .join(asked, on="pair", how="semi")
        .join(places.select("tender", "submarket"), on="tender")
        .group_by("pair", "submarket")
        .agg(pl.len().cast(pl.Int64).alias("meetings"), pl.col("close").sum())
    )


def _usual(coded_entries: pl.LazyFrame, places: pl.LazyFrame, bidder_codes: pl.LazyFrame) -> pl.LazyFrame:
    """Per firm and sub-market its `entered` tenders with company, and the sub-market's `sum` and `spread`."""
    entries = (
        coded_entries.select("tender", "bidder", (pl.len().over("tender") - 1).alias("others"))
        .filter(pl.col("others") > 0)
        .join(places.select("tender", "submarket"), on="tender")
    )  # fmt: skip
    whole = entries.group_by("submarket").agg(
        pl.len().cast(pl.Float64).alias("sum"), (1 / pl.col("others")).sum().alias("spread")
    )
    firm = entries.group_by("submarket", "bidder").agg(pl.len().cast(pl.Float64).alias("entered"))
    return firm.join(whole, on="submarket").join(bidder_codes, on="bidder").drop("bidder")


def _standing(met: pl.LazyFrame, usual: pl.LazyFrame) -> pl.LazyFrame:
    """Add `standing`: weighted meetings against firms that spread their entries over tenders at random.

    A firm with a of the E entries is in a tender of n bids with chance near a n / E. Meetings weighted by
    1 / (n - 1) then have mean a b / E, the null of Newman (2004), and variance a b / E^2 times the sum of
    n / (n - 1) over tenders, which is the sum of 1 / (n - 1) over entries.
    """
    product = pl.col("entered") * pl.col("entered_b")
    mean, variance = product / pl.col("sum"), product / pl.col("sum") ** 2 * pl.col("spread")
    return (
        met.join(usual, left_on=["submarket", "bidder_a"], right_on=["submarket", "bidder_id"])
        .join(
            usual.select("submarket", "bidder_id", entered_b="entered"),
            left_on=["submarket", "bidder_b"], right_on=["submarket", "bidder_id"],
        )
        .with_columns(((pl.col("close") - mean) / variance.sqrt()).alias("standing"))
    )  # fmt: skip


def affinity_graph(affinity: pl.DataFrame) -> "nx.Graph":
    """An undirected NetworkX graph with every other column as an attribute of the edge.

    Nodes and edges enter in the order of their names, so that the order of the rows cannot show.

    >>> edges = pl.DataFrame({"bidder_a": ["A"], "bidder_b": ["B"], "weight": [2.5], "basis": ["both"]})
    >>> affinity_graph(edges).edges["A", "B"]
    {'weight': 2.5, 'basis': 'both'}
    """
    import networkx as nx

    rows = affinity.sort(_PAIR)
    graph = nx.Graph()
    graph.add_nodes_from(pl.concat([rows["bidder_a"], rows["bidder_b"]]).unique().sort().to_list())
    attributes = rows.drop(_PAIR).iter_rows(named=True)
    graph.add_edges_from(zip(rows["bidder_a"], rows["bidder_b"], attributes, strict=True))
    return graph
