"""Whether a buyer keeps buying from one supplier: a snapshot of a market (rules B06)."""

import polars as pl

from features.catalogue import Column, Grain, block, frame
from features.ratio import ratio

LEAST_LOTS = 5
"""Fewer lots of a category say nothing about concentration."""
LEAST_BUYERS = 21
"""Of fewer, the share that 19 of 20 do not exceed is the largest of all: no buyer could lie above it."""
THIN_SUPPLIERS = 5
"""A trade and place with no more active bidders is a thin market (rules FX10)."""


@frame
def supplier_shares(tenders: pl.LazyFrame, standing_awards: pl.LazyFrame) -> pl.LazyFrame:
    """One row per buyer, category and supplier.

    Columns: `lots, spend` of the supplier, `buyer_lots, buyer_spend, buyer_suppliers` of the buyer in the
    category, and both shares. Amounts of one currency only: the one in which the buyer awards most often.
    """
    cell = ("buyer_id", "category")
    of = tenders.filter(pl.col("buyer_id").is_not_null()).select("tender_id", *cell)
    bought = (
        standing_awards.join(of, on="tender_id")
        .with_columns(main=pl.col("currency").mode().min().over(cell))
        .filter((pl.col("currency") == pl.col("main")).fill_null(True))
    )
    return (
        bought.group_by(*cell, supplier="bidder_id")
        .agg(
            pl.col("tender_id").n_unique().alias("lots"),
            pl.col("amount").cast(pl.Float64).sum().alias("spend"),
        )
        .with_columns(
            pl.col("lots").sum().over(cell).alias("buyer_lots"),
            pl.col("spend").sum().over(cell).alias("buyer_spend"),
            pl.len().over(cell).alias("buyer_suppliers"),
        )
        .with_columns(
            spend_share=ratio(pl.col("spend"), pl.col("buyer_spend")),
            lot_share=ratio(pl.col("lots"), pl.col("buyer_lots")),
        )
    )


@frame
def active_suppliers(tenders: pl.LazyFrame, entrants: pl.LazyFrame) -> pl.LazyFrame:
    """How many firms bid in a category and region: `category, region, suppliers`."""
    where = tenders.select("tender_id", "category", "region")
    firms = entrants.select("tender_id", "bidder_id").join(where, on="tender_id")
    return firms.group_by("category", "region").agg(pl.col("bidder_id").n_unique().alias("suppliers"))


_MET = f"{LEAST_LOTS} awarded lots in a category"


@block(
    Grain.BUYER,
    {
        "concentrated_category": Column("Category in which one supplier's share of the spend is largest.",
                                        "供应商最集中的类别", "", _MET, "rules B06"),
        "top_supplier": Column("That supplier.", "最大供应商", "", _MET, "rules B06"),
        "top_supplier_share": Column("Its share of the buyer's spend in the category.", "最大供应商金额占比",
                                     "share", _MET, "rules B06, R050"),
        "top_supplier_lot_share": Column("Its share of the buyer's lots in the category.",
                                         "最大供应商标段占比",
                                         "share", _MET, "rules B06"),
        "category_lots": Column("The buyer's awarded lots in the category.", "该类别标段数", "lots", _MET),
        "category_share_p95": Column(
            "Share that 19 of 20 buyers of the category with as many lots as asked for do not exceed.",
            "同类招标人集中度95分位", "share", f"{_MET}, {LEAST_BUYERS} such buyers in the category",
            "rules B06"),
        "thin_market": Column(f"At most {THIN_SUPPLIERS} firms bid in the category and region.", "薄市场", "",
                              f"{_MET}", "rules FX10"),
    },
)  # fmt: skip
def supplier_concentration(
    supplier_shares: pl.LazyFrame, active_suppliers: pl.LazyFrame, tenders: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per buyer with enough awards; a region of several counts by the busiest."""
    first = pl.col("spend_share", "lot_share", "supplier").sort_by(
        "spend_share", "lot_share", "supplier", descending=[True, True, False], nulls_last=True
    ).first()  # fmt: skip
    cells = (
        supplier_shares.filter((pl.col("buyer_lots") >= LEAST_LOTS) & pl.col("category").is_not_null())
        .group_by("buyer_id", "category", "buyer_lots").agg(first)
        .filter(pl.col("spend_share").is_not_null())
        .with_columns(
            peers=pl.len().over("category"),
            p95=pl.col("spend_share").quantile(0.95, "higher").over("category"),
        )
    )  # fmt: skip
    home = (
        tenders.filter(pl.col("buyer_id").is_not_null()).group_by("buyer_id", "category", "region").len()
        .sort("len", "region", descending=[True, False])
        .group_by("buyer_id", "category").agg(pl.col("region").first())
        .join(active_suppliers, on=["category", "region"], how="left")
    )  # fmt: skip
    joined = cells.join(home, on=["buyer_id", "category"], how="left")
    best = pl.all().sort_by("spend_share", "buyer_lots", "category", descending=[True, True, False]).first()
    return (
        joined.group_by("buyer_id")
        .agg(best)
        .select(
            "buyer_id",
            pl.col("category").alias("concentrated_category"),
            pl.col("supplier").alias("top_supplier"),
            pl.col("spend_share").alias("top_supplier_share"),
            pl.col("lot_share").alias("top_supplier_lot_share"),
            pl.col("buyer_lots").cast(pl.Int64).alias("category_lots"),
            pl.when(pl.col("peers") >= LEAST_BUYERS).then("p95").alias("category_share_p95"),
            (pl.col("suppliers") <= THIN_SUPPLIERS).alias("thin_market"),
        )
    )
