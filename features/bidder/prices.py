"""How low and how consistently a firm bids, and whether its discount grows when strangers bid."""

import numpy as np
import polars as pl

from features.bidder.entries import floats
from features.catalogue import Column, Grain, block, frame
from features.hashed import join_hashed
from features.ratio import ratio
from features.segments import Floats, Segments

USUAL_MEETINGS = 3
"""A usual co-bidder was met at least so often ..."""

USUAL_SHARE = 0.5
"""... and in at least this share of the firm's tenders; both are choices."""

LEAST_SIDE = 4
"""Fewer tenders on either side are not compared; rule Q13 asks for eight."""

DRAWS = 1999
"""Permutations per firm, the same ones for all: a firm's p-value depends on its own tenders only."""

_SEED = 20_240_601
_DISCOUNT = "valid priced bids in tenders with a ceiling or an estimate"
_SIDES = f"at least {LEAST_SIDE} discounts on either side"


@frame
def firm_discounts(priced_bids: pl.LazyFrame, tenders: pl.LazyFrame, strata: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and leading bidder: its lowest price, its place, its discount.

    Columns: `tender_id, bidder_id, stratum, price`, `place` (0 lowest to 1 highest, null for a sole bid),
    `lowest`, `highest` (null for a sole bid), `discount` (1 - price / ceiling, or estimate without one).
    """
    entered = priced_bids.group_by("tender_id", "bidder_id").agg(pl.col("price").min())
    limits = tenders.select(
        "tender_id", limit=pl.coalesce(pl.col("ceiling", "estimate").cast(pl.Float64).replace(0.0, None))
    )
    of, price = "tender_id", pl.col("price")
    several = pl.len().over(of) > 1
    return (
        join_hashed(entered, limits, of, "left")
        .pipe(join_hashed, strata.select(of, "stratum"), of, "left")
        .select(
            of, "bidder_id", "stratum", "price",
            place=ratio(price.rank("average").over(of) - 1, pl.len().over(of) - 1),
            lowest=pl.when(several).then(price == price.min().over(of)),
            highest=pl.when(several).then(price == price.max().over(of)),
            discount=1 - ratio(price, pl.col("limit")),
        )
    )  # fmt: skip


@block(
    Grain.BIDDER,
    {
        "n_discounts": Column("Tenders in which the discount of the firm's bid is known.",
                              "可计算下浮率的投标数",
                              "tenders"),
        "mean_discount": Column("Mean discount of its bids from the ceiling, or the estimate without one.",
                                "平均下浮率", "share", _DISCOUNT),
        "mean_discount_due": Column("Mean discount of all bids in the strata of those tenders.",
                                    "同层平均下浮率", "share", _DISCOUNT),
        "mean_place": Column("Mean place of its bids, 0 for the lowest and 1 for the highest.",
                             "平均报价位次",
                             "share", "valid priced bids beside others"),
        "lowest_share": Column("Share of its bids that were the lowest.", "最低价占比", "share",
                               "valid priced bids beside others"),
        "highest_share": Column("Share of its bids that were the highest.", "最高价占比", "share",
                                "valid priced bids beside others"),
    },
)  # fmt: skip
def bidder_prices(firm_discounts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm that led a valid, priced bid."""
    discount = pl.col("discount")
    due = discount.mean().over("stratum")
    rows = firm_discounts.with_columns(due=pl.when(discount.is_not_null()).then(due))
    return rows.group_by("bidder_id").agg(
        discount.count().cast(pl.Int64).alias("n_discounts"),
        discount.mean().alias("mean_discount"),
        pl.col("due").mean().alias("mean_discount_due"),
        pl.col("place").mean().alias("mean_place"),
        pl.col("lowest").mean().alias("lowest_share"),
        pl.col("highest").mean().alias("highest_share"),
    )


@frame
def usual_co_bidders(
    joint_bids: pl.LazyFrame, firm_discounts: pl.LazyFrame, bidder_codes: pl.LazyFrame
) -> pl.LazyFrame:
    """Ordered pairs of numbers `bidder, usual`: the second was in half of the first one's tenders or more."""
    often = joint_bids.group_by("pair").agg(met=pl.len()).filter(pl.col("met") >= USUAL_MEETINGS)
    sides = ((pl.col("pair") // 2**32).cast(pl.UInt32), (pl.col("pair") % 2**32).cast(pl.UInt32))
    both = pl.concat([often.select("met", bidder=a, usual=b) for a, b in (sides, sides[::-1])])
    entered = firm_discounts.group_by("bidder_id").agg(entered=pl.len()).join(bidder_codes, on="bidder_id")
    return (
        both.join(entered, on="bidder")
        .filter(pl.col("met") >= USUAL_SHARE * pl.col("entered"))
        .select("bidder_id", "bidder", "usual")
    )


@block(
    Grain.BIDDER,
    {
        "n_usual": Column(
            f"Usual co-bidders: met {USUAL_MEETINGS} times or more, in half of the firm's tenders or more.",
            "固定同场企业数", "firms"),
        "n_among_usual": Column("Tenders with a known discount and no priced bidder but the firm and "
                                "its usual co-bidders.", "仅与固定企业同场的项目数", "tenders"),
        "n_with_outsiders": Column("Tenders with a known discount and another bidder as well.",
                                   "有外来者的项目数", "tenders"),
        "discount_among_usual": Column("Mean discount in the former.", "无外来者时平均下浮率", "share",
                                       "there is such a tender"),
        "discount_with_outsiders": Column("Mean discount in the latter.", "有外来者时平均下浮率", "share",
                                          "there is such a tender"),
        "outsider_discount_jump": Column(
            "How much larger the discount is when outsiders bid, stratum means taken out.",
            "外来者进入后的下浮率增幅", "share", _SIDES, "rules Q13"),
        "outsider_discount_p": Column(
            "Chance of so large a rise if the presence of outsiders did not matter (permutation).",
            "下浮率增幅的偶然概率", "probability", _SIDES, "rules Q13"),
    },
)  # fmt: skip
def outsider_discounts(
    firm_discounts: pl.LazyFrame, usual_co_bidders: pl.LazyFrame, joint_bids: pl.LazyFrame,
    bidder_codes: pl.LazyFrame, tender_codes: pl.LazyFrame,
) -> pl.LazyFrame:  # fmt: skip
    """One row per firm that led a valid, priced bid.

    More bidders lower prices too: a rise shows that somebody new bid lower pressure, not why.
    """
    discount = pl.col("discount")
    rows = (
        firm_discounts.with_columns(
            rivals=pl.len().over("tender_id") - 1, excess=discount - discount.mean().over("stratum")
        )
        .filter(discount.is_not_null())
        .pipe(join_hashed, bidder_codes, "bidder_id")
        .pipe(join_hashed, tender_codes.select("tender_id", "tender"), "tender_id")
        .join(_usual_present(usual_co_bidders, joint_bids), on=["tender", "bidder"], how="left")
        .with_columns(outside=pl.col("rivals") > pl.col("present").fill_null(0))
    )  # fmt: skip
    inside = ~pl.col("outside")
    counts = rows.group_by("bidder_id").agg(
        inside.sum().cast(pl.Int64).alias("n_among_usual"),
        pl.col("outside").sum().cast(pl.Int64).alias("n_with_outsiders"),
        discount.filter(inside).mean().alias("discount_among_usual"),
        discount.filter("outside").mean().alias("discount_with_outsiders"),
    )
    usual = usual_co_bidders.group_by("bidder_id").agg(pl.len().cast(pl.Int64).alias("n_usual"))
    compared = rows.select("bidder_id", "tender_id", "outside", "excess").map_batches(_jumps, schema=_JUMPS)
    return (
        firm_discounts.select("bidder_id").unique()
        .pipe(join_hashed, usual, "bidder_id", "left")
        .pipe(join_hashed, counts, "bidder_id", "left")
        .with_columns(pl.col("n_usual", "n_among_usual", "n_with_outsiders").fill_null(0))
        .pipe(join_hashed, compared, "bidder_id", "left")
    )  # fmt: skip


def _usual_present(usual: pl.LazyFrame, joint_bids: pl.LazyFrame) -> pl.LazyFrame:
    """How many usual co-bidders of each bidder bid in each tender: `tender, bidder, present`."""
    sides = ((pl.col("pair") // 2**32).cast(pl.UInt32), (pl.col("pair") % 2**32).cast(pl.UInt32))
    met = pl.concat([joint_bids.select("tender", bidder=a, usual=b) for a, b in (sides, sides[::-1])])
    return (
        met.join(usual.select("bidder", "usual"), on=["bidder", "usual"], how="semi")
        .group_by("tender", "bidder").agg(present=pl.len())
    )  # fmt: skip


_JUMPS = pl.Schema(
    {"bidder_id": pl.String, "outsider_discount_jump": pl.Float64, "outsider_discount_p": pl.Float64}
)


def _jumps(rows: pl.DataFrame) -> pl.DataFrame:
    outside = pl.col("outside").sum().over("bidder_id")
    rows = rows.filter(outside >= LEAST_SIDE, pl.len().over("bidder_id") - outside >= LEAST_SIDE)
    rows = rows.sort("bidder_id", "tender_id")
    runs = rows["bidder_id"].rle().struct.unnest()
    cut = Segments(runs["len"].to_numpy().astype(np.int64))
    excess, away = floats(rows, "excess"), floats(rows, "outside")
    found = [_jump(excess[i : i + n], away[i : i + n]) for i, n in zip(cut.start, cut.n, strict=True)]
    jump, p = np.array(found).reshape(-1, 2).T
    return pl.DataFrame(dict(zip(_JUMPS, (runs["value"], jump, p), strict=True)), schema=_JUMPS)


def _jump(excess: Floats, outside: Floats) -> tuple[float, float]:
    """Difference of the means, outside minus inside, and its chance (Phipson and Smyth 2010)."""
    n, n_out = outside.size, outside.sum()
    picks = np.random.default_rng(_SEED).permuted(np.broadcast_to(outside, (DRAWS, n)), axis=1)
    sums, all_ = picks @ excess, excess.sum()
    jumps = sums / n_out - (all_ - sums) / (n - n_out)
    own = float(excess @ outside / n_out - (all_ - excess @ outside) / (n - n_out))
    return own, float((1 + (jumps >= own - 1e-12).sum()) / (DRAWS + 1))
