"""How long after each other two bids were uploaded."""

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block


def timed(at: pl.Expr) -> pl.Expr:
    """Whether a moment has a time: on the full hour to the second it is taken for a date without one."""
    return (at.dt.minute() > 0) | (at.dt.second() > 0) | (at.dt.microsecond() > 0)


@block(
    Grain.TIE,
    {
        "upload_gap_minutes": Column(
            "Minutes between the uploads of the two bidders' bids.", "两份投标文件上传时间间隔",
            "minutes", "both times are on record to the minute",
        )
    },
    reach=Reach.TENDER,
)  # fmt: skip
def upload_gap(
    shared_values: pl.LazyFrame, close_uploads: pl.LazyFrame, entrants: pl.LazyFrame
) -> pl.LazyFrame:
    """Gap of the ties that share something or lie close; of several bids, the closest two count.

    Dates without a time do not count: they would make every pair of a source that publishes dates only
    look simultaneous.
    """
    pair = KEYS[Grain.TIE]
    listed = pl.concat([shared_values.select(pair), close_uploads.select(pair)]).unique()
    asked = listed.select("tender_id").unique()
    known = entrants.join(asked, on="tender_id", how="semi").filter(timed(pl.col("submitted_at")))
    one = known.select("tender_id", bidder_a="bidder_id", at_a="submitted_at")
    other = known.select("tender_id", bidder_b="bidder_id", at_b="submitted_at")
    gap = (pl.col("at_a") - pl.col("at_b")).dt.total_seconds(fractional=True).abs() / 60
    return (
        listed.join(one, on=["tender_id", "bidder_a"])
        .join(other, on=["tender_id", "bidder_b"])
        .group_by(pair)
        .agg(gap.min().alias("upload_gap_minutes"))
    )
