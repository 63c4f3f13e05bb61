"""Whether a firm's bids, and its wins, lie closer together than the market's tenders do.

For each dimension the tenders of its stratum say where bids could have gone: regions within a category,
categories within a region, buyers within a category and region. A firm near home bids near home; a low
chance is a shape to look at, beside others' shapes, not a finding.
"""

import polars as pl
from scipy.sparse import csr_array

from features.bid.entrants import entry_key
from features.bidder.entries import floats
from features.bidder.reach import places_in_reach, squares_due
from features.catalogue import Column, Grain, block, frame
from features.hashed import join_hashed
from features.poisson_binomial import TERMS, tails, terms
from features.ratio import ratio

LEAST = 5
"""Fewer placed bids or wins say nothing of concentration."""

_DIGITS = 12
"""Two firms whose ratios agree so far share a rank: what sums differ in beyond is rounding."""

_DIMENSIONS = {
    "region": (["category"], "region", "地区", "regions"),
    "category": (["region"], "category", "品类", "categories"),
    "buyer": (["category", "region"], "buyer_id", "招标人", "buyers"),
}
_EVENTS = {"bids": ("bids", "投标"), "wins": ("wins", "中标")}


def _columns(event: str, dimension: str) -> dict[str, Column]:
    given, _, zh, plural = _DIMENSIONS[dimension]
    en, done = _EVENTS[event]
    name, of = f"{event}_{dimension}", " and ".join(given)
    domain = f"at least {LEAST} {en} whose {dimension} is known"
    return {
        f"{name}_n": Column(f"Tenders of its {en} whose {dimension} is known.", f"{zh}已知的{done}数",
                            "tenders"),
        f"{name}_top": Column(f"The {dimension} with most of its {en}.", f"{done}最多的{zh}", "", domain),
        f"{name}_top_share": Column(f"Share of its {en} there.", f"{done}最多{zh}占比", "share", domain),
        f"{name}_hhi": Column(f"Sum of the squared shares of its {en} over {plural}.", f"{done}{zh}集中度HHI",
                              "share", domain, "Herfindahl-Hirschman index"),
        f"{name}_hhi_due": Column(
            f"The same where each of its {en} had gone to a tender drawn from those of the same {of}.",
            f"{done}{zh}期望集中度", "share", domain, "multinomial expectation"),
        f"{name}_hhi_rank": Column(
            f"Share of firms whose {en} are less concentrated, or as much, each against its expectation.",
            f"{done}{zh}集中度在企业中的位次", "share", domain),
        f"{name}_entropy": Column(
            f"Evenness of its {en} over as many {plural} as they could have reached: 0 all in one, 1 even.",
            f"{done}{zh}归一化熵", "share", domain, "Shannon entropy over its largest value"),
        f"{name}_p": Column(
            f"Chance of so many {en} or more in one {dimension}, where each goes to a tender drawn from "
            f"those of the same {of}: the Poisson-binomial tail of the top one, times the {plural} in reach.",
            f"{done}集中于同一{zh}的偶然概率", "probability", domain, "Bonferroni"),
    }  # fmt: skip


_PLACES = ("category", "region", "buyer_id")


def _names(tenders: pl.LazyFrame, of: str) -> pl.LazyFrame:
    """Every known value of a place and its number, in the order of the values."""
    return tenders.select(of).unique().drop_nulls().sort(of).with_row_index(f"{of}_number")


@frame
def placed_tenders(tenders: pl.LazyFrame, bids: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a bid: `tender`, and the numbers of its `category, region, buyer_id`."""
    placed = join_hashed(tenders.select("tender_id", *_PLACES), bids, "tender_id", "semi")
    for of in _PLACES:
        placed = placed.join(_names(tenders, of), on=of, how="left").drop(of)
    coded = join_hashed(placed, tender_codes.select("tender_id", "tender"), "tender_id")
    return coded.select("tender", *(pl.col(f"{of}_number").alias(of) for of in _PLACES))


@frame
def firm_tenders(
    entries: pl.LazyFrame, entrants: pl.LazyFrame, bids: pl.LazyFrame, placed_tenders: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per firm and tender: the number `bidder`, `won` and the place of the tender in numbers."""
    won = join_hashed(entrants.select("bid_id", entry_key()), bids.filter("won"), "bid_id", "semi")
    winners = won.select("entry").unique().with_columns(won=pl.lit(True))
    return (
        entries.select("entry", "tender", "bidder")
        .join(winners, on="entry", how="left")
        .join(placed_tenders, on="tender", how="left")
        .select("bidder", *_PLACES, pl.col("won").fill_null(False))
    )


def concentration(
    events: pl.LazyFrame, placed: pl.LazyFrame, given: list[str], of: str, name: str
) -> pl.LazyFrame:
    """One row per firm with `name` and what `_columns` says, from `events`: one row per firm and tender.

    `placed` are the tenders that the events could have been, drawn within equal values of `given`.
    """
    cell = [*given, of]
    known = events.drop_nulls(cell)
    shares = (
        placed.drop_nulls(cell).group_by(cell).agg(k=pl.len())
        .with_columns(share=pl.col("k") / pl.col("k").sum().over(given)).drop("k")
    )  # fmt: skip
    had = known.group_by("bidder", *cell).agg(x=pl.len().cast(pl.Int64))
    mix = had.group_by("bidder", *given).agg(m=pl.col("x").sum())
    mix = mix.filter(pl.col("m").sum().over("bidder") >= LEAST)
    own = _own(had, of, name)
    expected = _expected(mix, shares, given, of, name)
    top = own.select("bidder", pl.col(f"{name}_top").alias(of), "x").join(mix, on="bidder")
    chances = _chances(top.join(shares, on=cell))
    even = pl.min_horizontal("cells", f"{name}_n").log()
    beyond = (pl.col(f"{name}_hhi") / pl.col(f"{name}_hhi_due")).round_sig_figs(_DIGITS).rank("average")
    return (
        had.group_by("bidder").agg(pl.col("x").sum().alias(f"{name}_n"))
        .join(own, on="bidder", how="left")
        .join(expected, on="bidder", how="left")
        .join(chances, on="bidder", how="left")
        .with_columns(
            ratio(pl.col(f"{name}_entropy"), even).alias(f"{name}_entropy"),
            (pl.col("p") * pl.col("cells")).clip(upper_bound=1.0).alias(f"{name}_p"),
            (beyond / beyond.count()).alias(f"{name}_hhi_rank"),
        )
        .drop("x", "cells", "p")
    )  # fmt: skip


def _own(had: pl.LazyFrame, of: str, name: str) -> pl.LazyFrame:
    """Where the events of firms with enough of them lie; `x` is the count in the top cell."""
    x, n = pl.col("x"), pl.col("x").sum()
    top = [c.sort_by("x", of, descending=[True, False]).first() for c in (pl.col(of), x)]
    return (
        had.group_by("bidder", of).agg(x.sum())
        .filter(n.over("bidder") >= LEAST)
        .sort(of)
        .group_by("bidder", maintain_order=True)
        .agg(
            top[0].alias(f"{name}_top"),
            ratio(top[1], n).alias(f"{name}_top_share"),
            ((x / n) ** 2).sum().alias(f"{name}_hhi"),
            ((x / n) * (x / n).log()).sum().abs().alias(f"{name}_entropy"),
            top[1],
        )
    )  # fmt: skip


def _expected(mix: pl.LazyFrame, shares: pl.LazyFrame, given: list[str], of: str, name: str) -> pl.LazyFrame:
    """Concentration of events drawn at random, and how many `cells` they can reach."""

    def expected(mix: pl.DataFrame) -> pl.DataFrame:
        numbers = {"row": pl.struct(given), "column": pl.col(of)}
        numbered = ((number.rank("dense") - 1).cast(pl.Int64).alias(name) for name, number in numbers.items())
        table = shares.with_columns(numbered).collect()
        chances = _matrix(table, "share", len(table.unique("row")))
        rows = table.select(*given, column="row").unique()
        firms = mix.select("bidder").unique().sort("bidder").with_row_index("row")
        events = _matrix(mix.join(firms, on="bidder").join(rows, on=given), "m", firms.height, rows.height)
        n = events.sum(axis=1)
        due = 1 / n + (1 - 1 / n) * squares_due(events, chances) / n**2
        reached = pl.Series("cells", places_in_reach(events, chances))
        return firms.select("bidder", pl.Series(f"{name}_hhi_due", due), reached)

    schema = pl.Schema({"bidder": pl.UInt32(), f"{name}_hhi_due": pl.Float64(), "cells": pl.Int64()})
    return mix.map_batches(expected, schema=schema)


def _matrix(entries: pl.DataFrame, value: str, height: int, width: int | None = None) -> csr_array:
    """From rows with `row`, `column` and a value."""
    row, column = (entries[name].cast(pl.Int64).to_numpy() for name in ("row", "column"))
    return csr_array(
        (floats(entries, value), (row, column)), (height, width or int(column.max(initial=-1)) + 1)
    )


def _chances(top: pl.LazyFrame) -> pl.LazyFrame:
    """Chance of `x` events or more in the top cell; those that could lie nowhere else are left out."""
    m, share = pl.col("m"), pl.col("share")
    summed = [(made * m).sum().alias(term) for term, made in terms(share).items()]
    tail = pl.struct("open", *TERMS).map_batches(_tail, return_dtype=pl.Float64)
    return (
        top.sort("m", "share")
        .group_by("bidder")
        .agg((pl.col("x").first() - m.filter(share >= 1).sum()).alias("open"), *summed)
        .select("bidder", tail.alias("p"))
    )


def _tail(sums: pl.Series) -> pl.Series:
    of = sums.struct.unnest()
    _, many = tails(floats(of, "open"), {name: floats(of, name) for name in TERMS})
    return pl.Series(many)


def _all(event: str) -> dict[str, Column]:
    return {name: made for d in _DIMENSIONS for name, made in _columns(event, d).items()}


def _over_dimensions(
    events: pl.LazyFrame, placed: pl.LazyFrame, tenders: pl.LazyFrame, bidder_codes: pl.LazyFrame, event: str
) -> pl.LazyFrame:
    firms = events.select("bidder").unique()
    for dimension, (given, of, *_) in _DIMENSIONS.items():
        name = f"{event}_{dimension}"
        top = _names(tenders, of).rename({of: f"{name}_top", f"{of}_number": "number"})
        made = concentration(events, placed, given, of, name).rename({f"{name}_top": "number"})
        firms = firms.join(made.join(top, on="number", how="left").drop("number"), on="bidder", how="left")
    named = firms.join(bidder_codes, on="bidder").drop("bidder")
    return named.with_columns(pl.selectors.ends_with("_n").fill_null(0))


@block(Grain.BIDDER, _all("bids"))
def bid_territory(
    firm_tenders: pl.LazyFrame,
    placed_tenders: pl.LazyFrame,
    tenders: pl.LazyFrame,
    bidder_codes: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per firm that stood behind a bid."""
    return _over_dimensions(firm_tenders, placed_tenders, tenders, bidder_codes, "bids")


@block(Grain.BIDDER, _all("wins"))
def win_territory(
    firm_tenders: pl.LazyFrame,
    placed_tenders: pl.LazyFrame,
    tenders: pl.LazyFrame,
    bidder_codes: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per firm that won."""
    won = firm_tenders.filter("won")
    return _over_dimensions(won, placed_tenders, tenders, bidder_codes, "wins")
