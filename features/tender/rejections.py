"""Which bids were refused and which let in: known from the evaluation on (T5)."""

import polars as pl

from features.catalogue import Column, Grain, block
from features.hashed import join_hashed
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
        "only_one_admitted": Column("All bids but one were refused.", "仅一家通过评审", "",
                                    f"{_KNOWN}, n_bids >= 2", "rules B05, R035"),
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
)  # fmt: skip
def rejections(bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a bid."""
    columns = ("tender_id", "amount", "currency", "status_reason", "submitted_at")
    told = join_hashed(
        bids.select(*columns, pl.col("status").cast(pl.String)),
        tenders.select("tender_id", "deadline_at", asked="currency"),
        "tender_id",
        "left",
    )
    refused, valid = pl.col("status") == "disqualified", pl.col("status") == "valid"
    known = pl.col("status").is_not_null().all()
    comparable = (pl.col("currency") == pl.col("asked")).fill_null(True) & (
        pl.col("currency").drop_nulls().n_unique() <= 1
    )
    amount = pl.when(comparable).then(pl.col("amount"))
    lowest, least = amount.filter(valid).min(), amount.filter(refused & (amount > 0)).min()
    alike = on_one_scale(least.cast(pl.Float64), lowest.cast(pl.Float64)).fill_null(True)
    priced = known & amount.filter(refused | valid).is_not_null().all() & valid.any() & alike
    lower = (refused & (amount < lowest)).sum()
    reasons = pl.col("status_reason").filter(refused)
    timed = (
        pl.col("submitted_at").filter(valid).is_not_null().all() & pl.col("deadline_at").is_not_null().all()
    )
    late = valid & (pl.col("submitted_at") > pl.col("deadline_at"))
    delay = (pl.col("submitted_at") - pl.col("deadline_at")).dt.total_seconds(fractional=True) / 60
    in_time = timed & valid.any() & known
    counts = {"joint": lower, "lots": (refused | valid).sum(), "of_a": lower, "of_b": refused.sum()}
    draw = pl.struct(value.cast(pl.Float64).alias(name) for name, value in counts.items())
    made = told.group_by("tender_id").agg(
        n_disqualified=pl.when(known).then(refused.sum().cast(pl.Int64)),
        disqualified_share=pl.when(known).then(ratio(refused.sum(), pl.len())),
        n_withdrawn=pl.when(known).then((pl.col("status") == "withdrawn").sum().cast(pl.Int64)),
        only_one_admitted=pl.when(known & (pl.len() >= 2)).then(refused.sum() == pl.len() - 1),
        same_reason_share=pl.when(reasons.is_not_null().all() & (reasons.len() > 0)).then(
            ratio(reasons.unique_counts().max(), reasons.len())
        ),
        n_rejected_lower=pl.when(priced).then(lower.cast(pl.Int64)),
        lowest_rejected=pl.when(priced).then(lower > 0),
        refused_lowest_p=pl.when(priced & refused.any()).then(draw),
        n_late_accepted=pl.when(in_time).then(late.sum().cast(pl.Int64)),
        least_minutes_late=pl.when(in_time).then(delay.filter(late & (delay >= 1)).min()),
    )
    return made.with_columns(pl.col("refused_lowest_p").map_batches(_tail, return_dtype=pl.Float64))


def _tail(counts: pl.Series) -> pl.Series:
    of = counts.struct.unnest().cast(pl.Float64)
    known = of["lots"].is_not_null()
    p = pl.Series(upper_tail(*(of[name].fill_null(1.0).to_numpy() for name in of.columns)))
    return pl.select(pl.when(known).then(p)).to_series()
