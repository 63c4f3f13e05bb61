"""Whether a firm's bids, and its wins, lie closer together than the market's tenders do.

For each dimension the tenders of its stratum say where bids could have gone: regions within a category,
categories within a region, buyers within a category and region. A firm near home bids near home; a low
chance is a shape to look at, beside others' shapes, not a finding.
"""

import polars as pl

from features.bidder.entries import floats
from features.catalogue import Column, Grain, block, frame
from features.poisson_binomial import TERMS, tails, terms
from features.ratio import ratio

LEAST = 5
"""Fewer placed bids or wins say nothing of concentration."""

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
        f"{name}_entropy": Column(
            f"Evenness of its {en} over as many {plural} as they could have reached: 0 all in one, 1 even.",
            f"{done}{zh}归一化熵", "share", domain, "Shannon entropy over its largest value"),
        f"{name}_p": Column(
            f"Chance of so many {en} or more in one {dimension}, where each goes to a tender drawn from "
            f"those of the same {of}: the Poisson-binomial tail of the top one, times the {plural} in reach.",
            f"{done}集中于同一{zh}的偶然概率", "probability", domain, "Bonferroni"),
    }  # fmt: skip


@frame
def placed_tenders(tenders: pl.LazyFrame, bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a bid: `tender_id, category, region, buyer_id`."""
    entered = tenders.join(bids, on="tender_id", how="semi")
    return entered.select("tender_id", "category", "region", "buyer_id")


@frame
def firm_tenders(firm_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm and tender: `won` and the place of the tender."""
    places = ["category", "region", "buyer_id"]
    return firm_bids.group_by("bidder_id", "tender_id", *places).agg(pl.col("won").fill_null(False).any())


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
    mix = known.group_by("bidder_id", *given).agg(m=pl.len().cast(pl.Int64))
    mix = mix.filter(pl.col("m").sum().over("bidder_id") >= LEAST)
    reach = mix.join(shares, on=given)
    had = known.group_by("bidder_id", of).agg(x=pl.len().cast(pl.Int64))
    summed = [(made * pl.col("m")).sum().alias(term) for term, made in terms(pl.col("share")).items()]
    sure = (pl.col("m").filter(pl.col("share") >= 1)).sum().alias("sure")
    cells = (
        reach.group_by("bidder_id", of)
        .agg((pl.col("share") * pl.col("m")).sum().alias("due"), sure, *summed)
        .join(had, on=["bidder_id", of], how="left")
        .with_columns(pl.col("x").fill_null(0))
    )
    return (
        known.group_by("bidder_id").agg(pl.len().cast(pl.Int64).alias(f"{name}_n"))
        .join(_summary(cells, of, name), on="bidder_id", how="left")
    )  # fmt: skip


def _summary(cells: pl.LazyFrame, of: str, name: str) -> pl.LazyFrame:
    x, n = pl.col("x"), pl.col("x").sum()
    share, due = x / n, pl.col("due") / pl.col("due").sum()
    top = [c.sort_by("x", of, descending=[True, False]).first() for c in (pl.col(of), x, pl.col("sure"))]
    first = pl.col(*TERMS).sort_by("x", of, descending=[True, False]).first()
    entropy = (share * share.log()).fill_nan(0.0).sum().abs()
    widest = pl.min_horizontal(pl.len(), n).log()
    found = cells.group_by("bidder_id").agg(
        top[0].alias(f"{name}_top"),
        ratio(top[1], n).alias(f"{name}_top_share"),
        (share**2).sum().alias(f"{name}_hhi"),
        (1 / n + (1 - 1 / n) * (due**2).sum()).alias(f"{name}_hhi_due"),
        ratio(entropy, widest).alias(f"{name}_entropy"),
        (top[1] - top[2]).alias("open"),
        pl.len().alias("cells"),
        first,
    )
    tail = pl.struct("open", *TERMS).map_batches(_tail, return_dtype=pl.Float64)
    return found.with_columns((tail * pl.col("cells")).clip(upper_bound=1.0).alias(f"{name}_p")).drop(
        "open", "cells", *TERMS
    )


def _tail(sums: pl.Series) -> pl.Series:
    of = sums.struct.unnest()
    _, many = tails(floats(of, "open"), {name: floats(of, name) for name in TERMS})
    return pl.Series(many)


def _all(event: str) -> dict[str, Column]:
    return {name: made for d in _DIMENSIONS for name, made in _columns(event, d).items()}


def _over_dimensions(events: pl.LazyFrame, placed: pl.LazyFrame, event: str) -> pl.LazyFrame:
    firms = events.select("bidder_id").unique()
    for dimension, (given, of, *_) in _DIMENSIONS.items():
        name = f"{event}_{dimension}"
        firms = firms.join(concentration(events, placed, given, of, name), on="bidder_id", how="left")
    return firms.with_columns(pl.selectors.ends_with("_n").fill_null(0))


@block(Grain.BIDDER, _all("bids"))
def bid_territory(firm_tenders: pl.LazyFrame, placed_tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm that stood behind a bid."""
    return _over_dimensions(firm_tenders, placed_tenders, "bids")


@block(Grain.BIDDER, _all("wins"))
def win_territory(firm_tenders: pl.LazyFrame, placed_tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm that won."""
    return _over_dimensions(firm_tenders.filter("won"), placed_tenders, "wins")
