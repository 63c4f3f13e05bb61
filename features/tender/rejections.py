"""Which bids were refused and which let in: known from the evaluation on (T5)."""

import polars as pl

from features.catalogue import Column, Grain, Reach, block
from features.hashed import hashed, join_hashed
from features.hypergeometric import upper_tail
from features.ratio import ratio
from records.price_scales import on_one_scale

_KNOWN = "the status of every bid is on record"


@block(
    Grain.TENDER,
    {
        "n_disqualified": Column("Bids that the committee refused.", "被否决投标数", "bids", _KNOWN,
                                 "rules B05"),
        "disqualified_share": Column("Refused bids over all bids.", "否决率", "share", _KNOWN,
                                     "rules B05, R035"),
        "n_withdrawn": Column("Bids that were withdrawn.", "撤回投标数", "bids", _KNOWN, "rules O09"),
        "only_one_admitted": Column("All bids but one were refused, and that one is valid.",
                                    "仅一家通过评审", "", f"{_KNOWN}, n_bids >= 2", "rules B05, R035"),
        "same_reason_share": Column(
            "Share of the refused bids that were refused for the most frequent reason.",
            "同一否决理由占比", "share", "all refusals state a reason", "rules B05"),
        "n_rejected_lower": Column(
            "Refused bids that were lower than the lowest bid that was admitted.",
            "低于最低有效报价的被否决投标数",
            "bids", f"{_KNOWN}, amounts of refused bids on record, a valid priced bid, no refused one of "
            "less than a tenth of it", "rules B09, R036"),
        "lowest_rejected": Column("The lowest of all bids was refused.", "最低报价被否决", "",
                                  "as n_rejected_lower", "rules B09, R036"),
        "refused_lowest_p": Column(
            "Chance that all bids below the lowest admitted one are among the refused ones, if refusals fall "
            "on any bids (hypergeometric).", "否决集中于低价投标的偶然概率", "probability",
            "as n_rejected_lower, a refused bid", "rules B09"),
        "n_late_accepted": Column(
            "Bids that arrived after the deadline and were admitted all the same.", "逾期仍被接收的投标数",
            "bids",
            "deadline known, time of arrival of every valid bid on record", "条例 36; rules B10"),
        "least_minutes_late": Column(
            "Minutes after the deadline at which the first admitted bid arrived that was late by a minute or "
            "more.", "逾期接收投标的最短逾期时间", "minutes", "n_late_accepted >= 1, one of them by a minute",
            "条例 36; rules B10"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def rejections(ordered_bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a bid."""
    told = _told(ordered_bids, tenders)
    known, valid, refused = pl.col("unknown") == 0, pl.col("valid") > 0, pl.col("refused")
    alike = on_one_scale(pl.col("least_refused"), pl.col("lowest_valid")).fill_null(True)
    priced = known & valid & (pl.col("unpriced") == 0) & pl.col("one_currency") & alike
    in_time = known & valid & pl.col("timed")
    lower = pl.col("lower").fill_null(0)
    counts = {"joint": lower, "lots": refused + pl.col("valid"), "of_a": lower, "of_b": refused}
    draw = pl.struct(value.cast(pl.Float64).alias(name) for name, value in counts.items())
    made = join_hashed(_counted(told), _refusals(told), "tender_id", "left").select(
        "tender_id",
        n_disqualified=pl.when(known).then(refused),
        disqualified_share=pl.when(known).then(ratio(refused, pl.col("n"))),
        n_withdrawn=pl.when(known).then("withdrawn"),
        only_one_admitted=pl.when(known & (pl.col("n") >= 2)).then((refused == pl.col("n") - 1) & valid),
        same_reason_share=pl.when(pl.col("reasoned") == refused).then(ratio(pl.col("alike"), refused)),
        n_rejected_lower=pl.when(priced).then(lower),
        lowest_rejected=pl.when(priced).then(lower > 0),
        refused_lowest_p=pl.when(priced & (refused > 0)).then(draw),
        n_late_accepted=pl.when(in_time).then("late"),
        least_minutes_late=pl.when(in_time).then("delay"),
    )
    return made.with_columns(pl.col("refused_lowest_p").map_batches(_tail, return_dtype=pl.Float64))


def _told(bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per bid: `refused` and `valid` (null where the status is), what was asked, what arrived."""
    status, same = pl.col("status").cast(pl.String), pl.col("currency") == pl.col("asked")
    return join_hashed(
        bids.select("tender_id", "amount", "currency", "status_reason", "submitted_at", status),
        tenders.select("tender_id", "deadline_at", asked="currency"),
        "tender_id",
        "left",
    ).with_columns(
        refused=status == "disqualified",
        valid=status == "valid",
        amount=pl.when(same.fill_null(True)).then("amount"),
    )


def _counted(told: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender: sums of what is known of each bid by itself."""
    valid, currency = pl.col("valid"), hashed("currency")
    late = valid & (pl.col("submitted_at") > pl.col("deadline_at"))
    delay = (pl.col("submitted_at") - pl.col("deadline_at")).dt.total_seconds(fractional=True) / 60
    untimed = (valid & pl.col("submitted_at").is_null()) | pl.col("deadline_at").is_null()
    counts = {
        "unknown": pl.col("status").is_null(),
        "refused": pl.col("refused"),
        "valid": valid,
        "withdrawn": pl.col("status") == "withdrawn",
        "unpriced": (pl.col("refused") | valid) & pl.col("amount").is_null(),
        "late": late,
    }
    return told.group_by("tender_id").agg(
        pl.len().cast(pl.Int64).alias("n"),
        *(which.sum().cast(pl.Int64).alias(name) for name, which in counts.items()),
        one_currency=(currency.min() == currency.max()).fill_null(True),
        timed=~untimed.any(),
        lowest_valid=pl.when(valid).then("amount").min().cast(pl.Float64),
        least_refused=pl.when(pl.col("refused") & (pl.col("amount") > 0))
        .then("amount")
        .min()
        .cast(pl.Float64),
        delay=pl.when(late & (delay >= 1)).then(delay).min(),
    )


def _refusals(told: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a refused bid: `lower` than the lowest valid one, `reasoned`, most `alike`."""
    refused = told.filter("refused")
    valid = join_hashed(told.filter("valid"), refused, "tender_id", "semi")
    lowest = valid.group_by("tender_id").agg(lowest=pl.col("amount").min())
    by_reason = (
        join_hashed(refused, lowest, "tender_id", "left")
        .group_by("tender_id", "status_reason")
        .agg(alike=pl.len().cast(pl.Int64), lower=(pl.col("amount") < pl.col("lowest")).sum())
    )
    reasoned = pl.when(pl.col("status_reason").is_not_null()).then("alike").sum()
    return by_reason.group_by("tender_id").agg(
        pl.col("alike").max(), reasoned=reasoned, lower=pl.col("lower").sum().cast(pl.Int64)
    )


def _tail(counts: pl.Series) -> pl.Series:
    of = counts.struct.unnest().cast(pl.Float64)
    known = of["lots"].is_not_null()
    p = pl.Series(upper_tail(*(of[name].fill_null(1.0).to_numpy() for name in of.columns)))
    return pl.select(pl.when(known).then(p)).to_series()
