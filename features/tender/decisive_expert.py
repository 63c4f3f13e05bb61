"""Whether the marks of one expert decided who won, and whether experts gave the same marks (T5)."""

import polars as pl

from features.catalogue import Column, Grain, Reach, block, frame

COPIED_BIDDERS, COPIED_ITEMS = 5, 3
"""Equal marks over so many bidders and items are no accident (rules X05)."""


@frame(reach=Reach.TENDER)
def expert_totals(marks: pl.LazyFrame, bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """What each expert's sheet makes of each bid: `tender_id, bidder_id, expert_id, total, price_points`.

    `total` is the sum of the expert's marks in points; tenders in which some expert did not mark every
    bid alike are left out. Where the sheets hold no price item and the award formula is "weight on the
    lowest price over this price", `price_points` are its points and the sheets count for the rest;
    otherwise it is null and the sheets count alone.
    """
    sheets = marks.group_by("tender_id", "bidder_id", "expert_id").agg(
        pl.col("score").sum().alias("total"),
        pl.len().alias("items"),
        (pl.col("item_group") == "price").any().fill_null(False).alias("priced"),
    )
    even = (pl.col("items").n_unique().over("tender_id") == 1) & (
        pl.len().over("tender_id")
        == pl.col("bidder_id").n_unique().over("tender_id") * pl.col("expert_id").n_unique().over("tender_id")
    )
    weight = pl.col("mechanism_detail").str.json_path_match("$.price_weight").cast(pl.Float64, strict=False)
    terms = tenders.select("tender_id", weight.alias("weight"))
    valid = bids.filter((pl.col("status") == "valid").fill_null(True), pl.col("amount") > 0)
    lowest = pl.col("amount").min().over("tender_id").cast(pl.Float64)
    points = valid.select("tender_id", "bidder_id", (100 * lowest / pl.col("amount").cast(pl.Float64))
                          .alias("points")).unique(["tender_id", "bidder_id"])  # fmt: skip
    return (
        sheets.filter(even)
        .join(terms, on="tender_id", how="left")
        .join(points, on=["tender_id", "bidder_id"], how="left")
        .with_columns(price_points=pl.when(~pl.col("priced").any().over("tender_id"))
                      .then(pl.col("weight") * pl.col("points")))
        .with_columns(total=pl.when(pl.col("price_points").is_not_null())
                      .then((1 - pl.col("weight")) * pl.col("total")).otherwise("total"))
        .select("tender_id", "bidder_id", "expert_id", "total", "price_points")
    )  # fmt: skip


@frame(reach=Reach.TENDER)
def without_one_expert(expert_totals: pl.LazyFrame, bids: pl.LazyFrame) -> pl.LazyFrame:
    """Who would have won without each expert: `tender_id, expert_id, winner, winner_without, spread`.

    Only where the mean of all sheets, and the price, put the actual winner first: elsewhere the formula is
    not the one on record. `spread` is the range of the expert's totals. Ties count for the winner.
    """
    bid, expert = ("tender_id", "bidder_id"), ("tender_id", "expert_id")
    n = pl.col("expert_id").n_unique().over("tender_id")
    price = pl.col("price_points").fill_null(0.0)
    winners = bids.filter("won").group_by("tender_id").agg(
        pl.col("bidder_id").unique().first().alias("winner"), pl.col("bidder_id").n_unique().alias("n_won")
    )  # fmt: skip
    summed = pl.col("total").sum().over(bid)
    scored = (
        expert_totals.join(winners.filter(pl.col("n_won") == 1).drop("n_won"), on="tender_id")
        .filter(n >= 3)
        .with_columns(whole=summed / n + price, without=(summed - pl.col("total")) / (n - 1) + price)
        .with_columns(is_winner=pl.col("bidder_id") == pl.col("winner"))
    )
    own = {c: pl.col(c).filter("is_winner").max() for c in ("whole", "without")}
    best = {c: pl.col(c).filter(~pl.col("is_winner")).max() for c in ("whole", "without")}
    first_without = pl.col("bidder_id").sort_by("without", descending=True).first()
    return (
        scored.group_by(expert)
        .agg(
            pl.col("winner").first(),
            (own["whole"] >= best["whole"] - _EVEN).alias("explained"),
            pl.when(own["without"] >= best["without"] - _EVEN).then(pl.col("winner").first())
            .otherwise(first_without).alias("winner_without"),
            (pl.col("total").max() - pl.col("total").min()).alias("spread"),
        )
        .filter("explained").drop("explained")
    )  # fmt: skip


_EVEN = 1e-9
"""Points within which two totals are equal."""


@block(
    Grain.TENDER,
    {
        "n_decisive_experts": Column(
            "Experts without whose marks another bidder would have won.", "去掉其评分即改变结果的专家数",
            "experts",
            "three experts, complete sheets, and the sheets explain the winner", "rules X04"),
        "decisive_expert": Column("Of those, the one whose marks range widest.", "决定结果的专家", "",
                                  "n_decisive_experts >= 1", "rules X04"),
        "decisive_range_ratio": Column("That expert's range of marks over the median range of the others.",
                                       "该专家分差与其他专家之比", "times", "n_decisive_experts >= 1",
                                       "rules X04"),
        "decisive_mark_deviation": Column(
            "Largest distance of one of that expert's marks from the others' mean, over the panel's mean.",
            "该专家评分最大偏离率", "share of the panel mean",
            "n_decisive_experts >= 1, three experts marked a subjective item", "rules X01, X04"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def decisive_marks(without_one_expert: pl.LazyFrame, mark_deviations: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender whose winner the sheets explain."""
    decisive = pl.col("winner") != pl.col("winner_without")
    own = pl.col("spread").filter(decisive).max()
    widest = pl.col("expert_id").filter(decisive & (pl.col("spread") == own)).min()
    rest = pl.col("spread").filter(pl.col("expert_id") != widest).median()
    expert = ["tender_id", "expert_id"]
    off = mark_deviations.group_by(expert).agg(pl.col("relative_deviation").abs().max().alias("off"))
    return (
        without_one_expert.join(off, on=expert, how="left")
        .group_by("tender_id")
        .agg(
            decisive.sum().cast(pl.Int64).alias("n_decisive_experts"),
            widest.alias("decisive_expert"),
            pl.when(rest > 0).then(own / rest).alias("decisive_range_ratio"),
            pl.col("off").filter(pl.col("expert_id") == widest).first().alias("decisive_mark_deviation"),
        )
    )


@frame(reach=Reach.TENDER)
def alike_sheets(marks: pl.LazyFrame) -> pl.LazyFrame:
    """Pairs of experts of one tender with their common subjective marks: how many, and how many are equal.

    Columns: `tender_id, expert_a, expert_b, bidders, items, common, equal`; marks of one value only
    are left out, since a panel that gives everybody full marks is no copy.
    """
    subjective = marks.filter(~pl.col("objective").fill_null(False)).select(
        "tender_id", "bidder_id", "item", "expert_id", "score"
    )
    varied = subjective.filter(pl.col("score").n_unique().over("tender_id", "expert_id") >= 3)
    other = varied.rename({"expert_id": "expert_b", "score": "score_b"})
    return (
        varied.rename({"expert_id": "expert_a"})
        .join(other, on=["tender_id", "bidder_id", "item"])
        .filter(pl.col("expert_a") < pl.col("expert_b"))
        .group_by("tender_id", "expert_a", "expert_b")
        .agg(
            pl.col("bidder_id").n_unique().alias("bidders"),
            pl.col("item").n_unique().alias("items"),
            pl.len().cast(pl.Int64).alias("common"),
            (pl.col("score") == pl.col("score_b")).sum().cast(pl.Int64).alias("equal"),
        )
    )


@block(
    Grain.TENDER,
    {
        "n_copied_sheets": Column(
            f"Pairs of experts with equal subjective marks for {COPIED_BIDDERS} bidders and {COPIED_ITEMS} "
            "items or more.", "评分完全相同的专家对数", "pairs",
            f"two experts marked {COPIED_BIDDERS} bidders on {COPIED_ITEMS} items with three different marks",
            "招投标法 44; rules X05"),
        "largest_equal_share": Column("Largest share of equal marks between two such experts.",
                                      "两名专家相同评分的最高比例", "share", "as n_copied_sheets",
                                      "rules X05"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def copied_marks(alike_sheets: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender where two experts can be compared."""
    enough = (pl.col("bidders") >= COPIED_BIDDERS) & (pl.col("items") >= COPIED_ITEMS)
    return (
        alike_sheets.filter(enough)
        .group_by("tender_id")
        .agg(
            (pl.col("equal") == pl.col("common")).sum().cast(pl.Int64).alias("n_copied_sheets"),
            (pl.col("equal") / pl.col("common")).max().alias("largest_equal_share"),
        )
    )
