"""What passed between two bidders of a tender after its award: the award itself, work, and money."""

from datetime import timedelta

import polars as pl

from features.catalogue import Column, Grain, Reach, block, frame
from features.ratio import ratio

WATCHED_DAYS = 180
"""Payments count for so long after the award (rules M07)."""
REPEAT_DAYS = 730
"""Earlier cases of giving way count for so long (rules O07)."""
WORDS = "协作|协调|陪标|好处|配合费|coordination|cover bid"
"""What a payment for staying behind has been called (rules M07)."""

_PAIR = ["tender_id", "bidder_a", "bidder_b"]


def _pair(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Columns `from_id` and `to_id` as a pair in alphabetical order."""
    return frame.with_columns(
        pl.min_horizontal("from_id", "to_id").alias("bidder_a"),
        pl.max_horizontal("from_id", "to_id").alias("bidder_b"),
    )


@frame(reach=Reach.TENDER)
def winner_to_losers(standing_awards: pl.LazyFrame, entrants: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender, winner and firm that bid in it and is behind no winning bid.

    Columns: `tender_id, from_id, to_id, award_amount` (null where there are several awards), `awarded_at`.
    """
    awarded = standing_awards.group_by("tender_id", from_id="bidder_id").agg(
        pl.when(pl.len() == 1).then(pl.col("amount").first()).alias("award_amount"),
        pl.col("awarded_at").min(),
    )
    behind = entrants.join(
        awarded.select("tender_id", bidder_id="from_id"), on=["tender_id", "bidder_id"], how="semi"
    ).select("tender_id", "bid_id")
    winning = entrants.join(behind, on=["tender_id", "bid_id"], how="semi").select("tender_id", "bidder_id")
    losers = (
        entrants.select("tender_id", "bidder_id")
        .unique()
        .join(winning.unique(), on=["tender_id", "bidder_id"], how="anti")
    )
    return awarded.join(losers.rename({"bidder_id": "to_id"}), on="tender_id")


@block(
    Grain.TENDER,
    {"n_subcontracts": Column(
        "Subcontracts of the tender on record.", "分包合同数", "contracts",
        "an award on record, and subcontracts on record anywhere in the market", "rules O08")},
    reach=Reach.TENDER,
)  # fmt: skip
def subcontracts_of_tender(standing_awards: pl.LazyFrame, subcontracts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with an award, where the source tells of subcontracts at all (T7)."""
    made = subcontracts.filter(pl.col("tender_id").is_not_null()).group_by("tender_id")
    told = subcontracts.select((pl.len() > 0).alias("told"))
    counted = pl.when("told").then(pl.col("n").fill_null(0))
    return (
        standing_awards.select("tender_id").unique()
        .join(made.agg(pl.len().cast(pl.Int64).alias("n")), on="tender_id", how="left")
        .join(told, how="cross")
        .select("tender_id", counted.alias("n_subcontracts"))
    )  # fmt: skip


@block(
    Grain.TIE,
    {
        "n_subcontracts_to_loser": Column(
            "Subcontracts of this tender that the winner gave to the other bidder.", "中标人向该投标人分包数",
            "contracts", "one of the two won", "招投标法 48, 58; rules O08"),
        "subcontract_share": Column("Their amount over that of the award.", "分包金额占中标金额比例",
                                    "share of the award", "such a contract, amounts known",
                                    "rules O08, R070"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def subcontracts_to_losers(winner_to_losers: pl.LazyFrame, subcontracts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per winner and loser between whom a subcontract names the tender (T7)."""
    made = winner_to_losers.join(
        subcontracts.select("tender_id", "from_id", "to_id", "amount"), on=["tender_id", "from_id", "to_id"]
    )
    known = pl.col("amount").is_not_null().all()
    return _pair(made).group_by(_PAIR).agg(
        pl.len().cast(pl.Int64).alias("n_subcontracts_to_loser"),
        pl.when(known).then(
            ratio(pl.col("amount").sum().cast(pl.Float64), pl.col("award_amount").first().cast(pl.Float64))
        ).alias("subcontract_share"),
    )  # fmt: skip


@frame(reach=Reach.TENDER)
def payments_to_losers(winner_to_losers: pl.LazyFrame, payments: pl.LazyFrame) -> pl.LazyFrame:
    """Payments from the winner to another bidder that name the tender, or no tender and fall in time.

    The rows of `winner_to_losers` with `amount`, `paid_at`, `memo`.
    """
    paid = payments.select("from_id", "to_id", "amount", "paid_at", "memo", named="tender_id")
    until = pl.col("awarded_at") + timedelta(days=WATCHED_DAYS)
    in_time = pl.col("paid_at").is_between(pl.col("awarded_at"), until)
    of_this = (pl.col("named") == pl.col("tender_id")).fill_null(True)
    return winner_to_losers.join(paid, on=["from_id", "to_id"]).filter(in_time & of_this).drop("named")


@block(
    Grain.TENDER,
    {
        "winner_payments": Column(
            f"Payments of a winner on record in the {WATCHED_DAYS} days after the award, whoever got them.",
            "中标人中标后180日内有记录的付款数", "payments", "an award is on record"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def winner_payments(standing_awards: pl.LazyFrame, payments: pl.LazyFrame) -> pl.LazyFrame:
    """One row per awarded tender: whether money that the winner paid can be seen at all."""
    won = standing_awards.group_by("tender_id", from_id="bidder_id").agg(pl.col("awarded_at").min())
    until = pl.col("awarded_at") + timedelta(days=WATCHED_DAYS)
    seen = pl.col("paid_at").is_between(pl.col("awarded_at"), until).fill_null(False)
    paid = won.join(payments.select("from_id", "paid_at"), on="from_id", how="left")
    return paid.group_by("tender_id").agg(winner_payments=seen.sum().cast(pl.Int64))


@block(
    Grain.TIE,
    {
        "n_payments_to_loser": Column(
            f"Payments of the winner to the other bidder within {WATCHED_DAYS} days of the award.",
            "中标后180日内付款次数", "payments", "one of the two won, payments of it on record",
            "重庆条例 48; rules M07", absent=pl.when(pl.col("winner_payments") > 0).then(0)),
        "payment_share": Column("Their amount over that of the award.", "付款占中标金额比例",
                                "share of the award", "such a payment, amounts known", "rules M07"),
        "payment_names_service": Column(
            "The text of such a payment speaks of coordination or support.", "付款摘要含协作、协调等字样", "",
            "such a payment with a text", "重庆条例 48; rules M07"),
        "equally_paid_losers": Column(
            "Bidders of the tender to whom the winner paid this very amount, this one included.",
            "收到相同金额的投标人数", "bidders", "such a payment, amounts known", "rules M07"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def money_to_losers(payments_to_losers: pl.LazyFrame) -> pl.LazyFrame:
    """One row per winner and loser between whom money passed; known when it did (T7)."""
    alike = pl.col("to_id").n_unique().over("tender_id", "from_id", "amount")
    rows = _pair(payments_to_losers.with_columns(pl.when(pl.col("amount").is_not_null()).then(alike)
                                                 .alias("alike")))  # fmt: skip
    known = pl.col("amount").is_not_null().all()
    total = pl.col("amount").sum().cast(pl.Float64)
    return rows.group_by(_PAIR).agg(
        pl.len().cast(pl.Int64).alias("n_payments_to_loser"),
        pl.when(known).then(ratio(total, pl.col("award_amount").first().cast(pl.Float64)))
        .alias("payment_share"),
        pl.when(pl.col("memo").is_not_null().any())
        .then(pl.col("memo").str.to_lowercase().str.contains(WORDS).any())
        .alias("payment_names_service"),
        pl.col("alike").max().cast(pl.Int64).alias("equally_paid_losers"),
    )  # fmt: skip


@block(
    Grain.TIE,
    {
        "gave_way": Column("One of the two was to have the award and the other took it.",
                           "一方放弃另一方递补", "",
                           "an award passed from one to the other", "条例 55; rules O07"),
        "gave_way_increase": Column("Increase of the amount with it.", "递补后中标金额涨幅",
                                    "share of the replaced award", "gave_way, amounts known", "rules O07"),
        "gave_way_before": Column(
            f"Earlier tenders within {REPEAT_DAYS} days in which one of these two gave way to the other.",
            "此前两年内相互递补次数", "tenders", "gave_way, dates known", "rules O07"),
    },
    reach=Reach.PARTIES,
)  # fmt: skip
def giving_way(replaced_awards: pl.LazyFrame) -> pl.LazyFrame:
    """One row per pair between whom the award of a tender passed; known when it did (T6)."""
    rows = _pair(replaced_awards).group_by(_PAIR).agg(
        pl.col("increase").max(), pl.col("replaced_at").max()
    )  # fmt: skip
    earlier = rows.select("bidder_a", "bidder_b", before="replaced_at", other="tender_id")
    since = pl.col("replaced_at") - timedelta(days=REPEAT_DAYS)
    repeated = (
        rows.join(earlier, on=["bidder_a", "bidder_b"])
        .filter(pl.col("before").is_between(since, pl.col("replaced_at"), closed="left"))
        .group_by(_PAIR).agg(pl.col("other").n_unique().cast(pl.Int64).alias("gave_way_before"))
    )  # fmt: skip
    count = pl.when(pl.col("replaced_at").is_not_null()).then(pl.col("gave_way_before").fill_null(0))
    return rows.join(repeated, on=_PAIR, how="left").select(
        *_PAIR,
        pl.lit(True).alias("gave_way"),
        pl.col("increase").alias("gave_way_increase"),
        count.alias("gave_way_before"),
    )
