"""A firm's age, size and staff beside what it bids for; firms that look made for one purpose."""

import polars as pl

from features.catalogue import Column, Grain, block, frame
from features.hashed import join_hashed
from features.ratio import ratio

YOUNG_DAYS, SHORT_DAYS, SILENT_DAYS = 365, 180, 365
"""Young as a firm; founded shortly before its first tender; silent since its last one."""

FEW_STAFF, MANY_CATEGORIES, CROWDED_ADDRESS = 3, 5, 20
"""Conditions of the shell profile (rules R05; the address from R01)."""

_DATED = "founding, and a deadline not before it, are on record"
_MONEY = "amounts in one currency, capital above 0 (taken to be in that currency)"


@frame
def address_crowds(identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm with an address: `bidder_id, crowd`, the most firms that ever gave one of them."""
    held = identifiers.filter(pl.col("kind") == "address").select("bidder_id", "value_hash").unique()
    return (
        held.with_columns(crowd=pl.len().over("value_hash"))
        .group_by("bidder_id").agg(pl.col("crowd").max())
    )  # fmt: skip


@frame
def yearly_loads(firm_bids: pl.LazyFrame, bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm with a dated lead bid: `largest_bid`, `largest_load`, `currencies`.

    The load is the sum of the amounts won in 365 days: terms of contracts are not on record.
    """
    amounts = bids.select("bid_id", "currency", amount=pl.col("amount").cast(pl.Float64))
    own = firm_bids.filter("lead").join(amounts, on="bid_id").filter(pl.col("amount").is_not_null())
    firms = own.group_by("bidder_id").agg(
        largest_bid=pl.col("amount").max(), currencies=pl.col("currency").drop_nulls().n_unique()
    )
    loads = (
        own.filter(pl.col("won").fill_null(False), pl.col("deadline_at").is_not_null())
        .sort("bidder_id", "deadline_at", "amount")
        .rolling("deadline_at", period="365d", group_by="bidder_id")
        .agg(load=pl.col("amount").sum())
        .group_by("bidder_id").agg(largest_load=pl.col("load").max())
    )  # fmt: skip
    return join_hashed(firms, loads, "bidder_id", "left")


@block(
    Grain.BIDDER,
    {
        "age_at_first_days": Column("Age of the firm when the first tender that it entered was published, or "
                                    "closed for bids if that alone is known.", "首次投标时企业年龄", "days",
                                    _DATED),
        "silent_days": Column("Days from its last deadline to the last deadline of the market.",
                              "末次投标后沉默天数",
                              "days", "a deadline is on record"),
        "bid_to_capital": Column("Its largest bid over its capital.", "最大报价与注册资本比", "times",
                                 _MONEY),
        "load_to_capital": Column("The most that it won within 365 days over its capital.",
                                  "一年内最大中标额与注册资本比", "times", f"{_MONEY}; it won a dated bid"),
        "largest_bid_per_employee": Column("Its largest bid over its insured staff.", "最大报价与参保人数比",
                                           "currency of the tender",
                                           "amounts in one currency, staff above 0"),
        "one_purpose": Column(
            f"Founded at most {SHORT_DAYS} days before its first tender, won once or twice, and silent for "
            f"{SILENT_DAYS} days or more.", "疑似为特定项目而生", "", f"{_DATED}, an outcome is on record",
            "rules O11"),
        "shell_points": Column(
            f"Conditions of the shell profile that hold, among those on record: at most {FEW_STAFF} insured "
            f"staff; no capital; younger than a year at the first tender; no win; an address of more than "
            f"{CROWDED_ADDRESS} firms; {MANY_CATEGORIES} categories or more.", "空壳特征数", "conditions",
            "one of them is on record", "rules R05"),
        "shell_checked": Column("Conditions of the shell profile that could be checked, of 6.",
                                "可核查的空壳特征数", "conditions"),
    },
)  # fmt: skip
def bidder_capacity(
    firm_bids: pl.LazyFrame, bidders: pl.LazyFrame, yearly_loads: pl.LazyFrame,
    address_crowds: pl.LazyFrame, market_end: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per firm that stood behind a bid.

    Capital and staff are those of the register, not of the day; a firm that it does not list has no age.
    Changes of the business scope are not on record, so the seventh condition of the rule is not checked.
    """
    seen, won = pl.col("deadline_at"), pl.col("won")
    began = pl.min_horizontal("published_at", "deadline_at").min().alias("began")
    categories = pl.col("category").drop_nulls().n_unique()
    age = (pl.col("began").dt.date() - pl.col("founded_on")).dt.total_days()
    firms = firm_bids.group_by("bidder_id").agg(
        began,
        seen.max().alias("last_seen"),
        pl.when(won.is_not_null().any()).then(pl.col("tender_id").filter("won").n_unique()).alias("wins"),
        pl.when(categories > 0).then(categories).alias("categories"),
    )
    return (
        firms.join(bidders.select("bidder_id", "founded_on", "capital", "insured_staff"), on="bidder_id",
        how="left")
        .pipe(join_hashed, yearly_loads, "bidder_id", "left")
        .pipe(join_hashed, address_crowds, "bidder_id", "left")
        .join(market_end, how="cross")
        .with_columns(
            age_at_first_days=pl.when(age >= 0).then(age),
            silent_days=(pl.col("ends_at") - pl.col("last_seen")).dt.total_days(),
        )
        .select("bidder_id", "age_at_first_days", "silent_days", **_ratios(), **_shapes())
    )  # fmt: skip


def _ratios() -> dict[str, pl.Expr]:
    one = pl.when(pl.col("currencies") <= 1)
    bid, load = one.then("largest_bid"), one.then("largest_load")
    return {
        "bid_to_capital": ratio(bid, pl.col("capital")),
        "load_to_capital": ratio(load, pl.col("capital")),
        "largest_bid_per_employee": ratio(bid, pl.col("insured_staff")),
    }


def _shapes() -> dict[str, pl.Expr]:
    age, wins = pl.col("age_at_first_days"), pl.col("wins")
    conditions = [
        pl.col("insured_staff") <= FEW_STAFF,
        pl.col("capital") == 0,
        age < YOUNG_DAYS,
        wins == 0,
        pl.col("crowd") > CROWDED_ADDRESS,
        pl.col("categories") >= MANY_CATEGORIES,
    ]
    checked = pl.sum_horizontal(c.is_not_null().cast(pl.Int64) for c in conditions)
    points = pl.sum_horizontal(c.fill_null(False).cast(pl.Int64) for c in conditions)
    short = (age <= SHORT_DAYS) & wins.is_between(1, 2)
    return {
        "one_purpose": short & (pl.col("silent_days") >= SILENT_DAYS),
        "shell_points": pl.when(checked > 0).then(points),
        "shell_checked": checked,
    }
