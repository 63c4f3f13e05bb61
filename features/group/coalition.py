"""How the bids of a group's members lie among each other, tender by tender (Imhof and Wallimann 2021).

Bids of outsiders hide the pattern of an incomplete cartel, so each tender that two members or more entered is
cut down to their bids. `features.market.coalition_screens` does so for named groups and tenders of all
members; groups found by company are larger and seldom meet in full, so here any two members make a tender.
What is usual is learned from *shadows*: in the same tenders as many bidders drawn at random, so that markets,
years and sizes are alike. A tender of members alone has itself for a shadow and tells the two apart nowhere.
"""

import numpy as np
import polars as pl

from features.catalogue import Column, Grain, block, frame
from features.segments import Floats, Segments

SHADOWS = 2_000
"""Shadows of all groups together, as nearly as may be; a group has from `LEAST` to `GREATEST` of them."""
LEAST, GREATEST = 3, 200

MOST = 200
"""Tenders of a group that are read, evenly drawn over those it has: a mean over more moves little."""

_DOMAIN = "two members or more with a valid price in three tenders or more"
_SOURCE = "Imhof and Wallimann 2021"

COLUMNS = {
    "coalition_lots": Column("Tenders of two members or more that were read.", "成员同场项目数", "tenders",
                             _DOMAIN, _SOURCE),
    "coalition_dispersion": Column("Mean logarithm of the variation of the members' bids.",
                                   "成员报价离散度", "", f"{_DOMAIN}, not all members' bids equal", _SOURCE),
    "coalition_dispersion_change": Column("How much that logarithm varies over tenders.",
                                          "成员报价离散度的波动", "",
                                          f"{_DOMAIN}, not all members' bids equal", _SOURCE),
    "coalition_to_all": Column("Mean logarithm of the members' variation over that of all bids.",
                               "成员报价离散度与全部报价之比", "", f"{_DOMAIN}, an outsider bid", _SOURCE),
    "coalition_gap": Column("Mean gap of the members' lowest two bids over their mean gap.",
                            "成员最低两价间距", "times", f"{_DOMAIN}, three members or more", _SOURCE),
    "coalition_skewness": Column("Mean place of the members' middle bid between their lowest and highest.",
                                 "成员中间报价的位置", "share", f"{_DOMAIN}, three members or more", _SOURCE),
}  # fmt: skip


@frame
def coalition_lots(group_entries: pl.LazyFrame, priced_bids: pl.LazyFrame) -> pl.LazyFrame:
    """Every bid of the tenders that two members or more of a group entered, once per group.

    Columns: `group_id, tender_id, bidder_id, price, member`, by group, tender and price; at most `MOST`
    tenders of a group.
    """
    ours = group_entries.filter(pl.col("present") >= 2)
    lots = ours.select("group_id", "tender_id").unique().sort("group_id", "tender_id")
    step = (pl.len().over("group_id") / MOST).ceil().cast(pl.Int64)
    read = lots.filter(pl.int_range(pl.len()).over("group_id") % step == 0)
    theirs = priced_bids.filter(pl.col("price") > 0).group_by("tender_id", "bidder_id").agg(
        pl.col("price").min()
    )  # fmt: skip
    key = ["group_id", "tender_id", "bidder_id"]
    return (
        read.join(theirs, on="tender_id")
        .join(ours.select(*key, member=pl.lit(True)), on=key, how="left")
        .with_columns(pl.col("member").fill_null(False))
        .sort("group_id", "tender_id", "price", "bidder_id")
    )


@block(Grain.GROUP, COLUMNS, on_demand=True)
def coalition(coalition_lots: pl.LazyFrame) -> pl.LazyFrame:
    """One row per group that met in three tenders or more."""
    rows = coalition_lots.collect()
    return screened(rows, rows["member"].to_numpy()).lazy()


@frame
def coalition_shadows(coalition_lots: pl.LazyFrame) -> pl.LazyFrame:
    """Rows as of the block `coalition`: tenders of a group with as many bidders drawn at random."""
    rows = coalition_lots.collect()
    if rows.is_empty():
        return screened(rows, np.zeros(0, np.bool_)).lazy()
    cut = _cut(rows)
    members, rng = cut.count(rows["member"].to_numpy()), np.random.default_rng(0)
    drawn = []
    draws = int(np.clip(-(-SHADOWS // rows["group_id"].n_unique()), LEAST, GREATEST))
    for _ in range(draws):
        key = rng.random(rows.height)
        drawn.append(screened(rows, key <= cut.spread(cut.smallest(key, members))))
    return pl.concat(drawn).lazy()


def screened(rows: pl.DataFrame, chosen: np.typing.NDArray[np.bool_]) -> pl.DataFrame:
    """`group_id` and `COLUMNS` from the chosen bids of each tender; groups of fewer than three are left out.

    Args:
        rows: see `coalition_lots`.
        chosen: which of them are the set's bids, two or more of each tender.

    """
    lots = rows.select("group_id", "tender_id").unique(maintain_order=True)
    if lots.is_empty():
        return pl.DataFrame(schema={"group_id": pl.String, **dict.fromkeys(COLUMNS, pl.Float64)}).cast(
            {"coalition_lots": pl.Int64}
        )
    cut, price = _cut(rows), rows["price"].cast(pl.Float64).to_numpy()
    own = Segments(cut.count(chosen))
    of_set = _log_cv(own, price[chosen])
    with_outsiders = own.n < cut.n
    to_all = np.where(with_outsiders, of_set - _log_cv(cut, price), np.nan)
    gap, place = _order(own, price[chosen])
    made = lots.with_columns(
        pl.Series("dispersion", of_set, nan_to_null=True),
        pl.Series("to_all", to_all, nan_to_null=True),
        pl.Series("gap", gap, nan_to_null=True),
        pl.Series("place", place, nan_to_null=True),
    )
    return (
        made.group_by("group_id", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("coalition_lots"),
            pl.col("dispersion").mean().alias("coalition_dispersion"),
            pl.col("dispersion").std().alias("coalition_dispersion_change"),
            pl.col("to_all").mean().alias("coalition_to_all"),
            pl.col("gap").mean().alias("coalition_gap"),
            pl.col("place").mean().alias("coalition_skewness"),
        )
        .filter(pl.col("coalition_lots") >= 3)
    )


def _cut(rows: pl.DataFrame) -> Segments:
    n = rows.select(pl.struct("group_id", "tender_id").rle().struct.field("len")).to_series()
    return Segments(n.to_numpy().astype(np.int64))


def _log_cv(cut: Segments, price: Floats) -> Floats:
    """Logarithm of the variation of each tender's bids, NaN where they are equal or alone."""
    mean = cut.sum(price) / cut.n
    square = cut.sum((price - cut.spread(mean)) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(np.sqrt(square / (cut.n - 1)) / mean)
    return np.where(np.isfinite(found), found, np.nan)


def _order(cut: Segments, ascending: Floats) -> tuple[Floats, Floats]:
    """Gap of the lowest two bids over the mean gap, and place of the median; NaN below three bids."""
    first = cut.start
    last = first + cut.n - 1
    span = ascending[last] - ascending[first]
    middle = (ascending[first + (cut.n - 1) // 2] + ascending[first + cut.n // 2]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = (ascending[first + np.minimum(1, cut.n - 1)] - ascending[first]) * (cut.n - 1) / span
        place = (middle - ascending[first]) / span
    known = (cut.n >= 3) & (span > 0)
    return np.where(known, gap, np.nan), np.where(known, place, np.nan)
