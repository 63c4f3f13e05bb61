"""Experts of a tender who stood in a relation to one of its bidders (T5)."""

from datetime import timedelta

import polars as pl

from features.catalogue import KEYS, Column, Grain, Reach, block, frame

FORMER_DAYS = 3 * 365
"""Employment that ended within three years before the evaluation counts (rules P09)."""

_PANEL = "experts of the tender on record"


@frame(reach=Reach.TENDER)
def seats(panels: pl.LazyFrame, expert_scores: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender and expert who sat or marked: `tender_id, expert_id, at` (deadline or later)."""
    drawn = panels.filter(~pl.col("replaced").fill_null(False)).select("tender_id", "expert_id")
    both = pl.concat([drawn, expert_scores.select("tender_id", "expert_id")]).unique()
    at = pl.coalesce("evaluation_from", "opened_at", "deadline_at").alias("at")
    return both.join(tenders.select("tender_id", at), on="tender_id", how="left")


@block(
    Grain.BID,
    {
        "n_recused_experts": Column(
            "Experts of the tender who were to keep away from this bidder.", "应回避而未回避的专家数",
            "experts",
            f"{_PANEL}; some recusal on record by then", "招投标法 37; 条例 46; rules X07"),
        "n_employed_experts": Column(
            "Experts of the tender whom this bidder employs, or employed within the three years before.",
            "受雇于该投标人的专家数", "experts", f"{_PANEL}; some employment on record by then",
            "条例 46; rules P09, X07"),
        "n_related_experts": Column("Experts of the tender who declared a relation to this bidder.",
                                    "与该投标人有申报关系的专家数", "experts",
                                    f"{_PANEL}; some declared relation on record by then", "rules P09, X07"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def expert_conflicts(
    bids: pl.LazyFrame, entrants: pl.LazyFrame, seats: pl.LazyFrame, relations: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per bid of a tender whose experts are on record; members of consortia count."""
    ties = _directed(relations)
    begun = ties.group_by("kind").agg(pl.col("since").min())
    kept = pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("at"))
    grace = pl.when(pl.col("kind") == "employs").then(timedelta(days=FORMER_DAYS)).otherwise(timedelta(0))
    lasting = pl.col("valid_to").is_null() | (pl.col("at") < pl.col("valid_to") + grace)
    met = (
        entrants.select("tender_id", "bid_id", "bidder_id").join(seats, on="tender_id")
        .join(ties, on=["bidder_id", "expert_id"])
        .filter(pl.col("at").is_null() | (kept & lasting))
        .group_by("bid_id", "kind").agg(pl.col("expert_id").n_unique().cast(pl.Int64).alias("n"))
    )  # fmt: skip
    seated = seats.group_by("tender_id").agg(pl.col("at").first())
    frame = bids.select(KEYS[Grain.BID]).join(seated, on="tender_id")
    for kind, name in _COLUMNS.items():
        found = met.filter(pl.col("kind") == kind).select("bid_id", pl.col("n").alias(name))
        since = begun.filter(pl.col("kind") == kind).select(pl.col("since").first())
        frame = (
            frame.join(found, on="bid_id", how="left")
            .join(since, how="cross")
            .with_columns(
                pl.when(pl.col("since") <= pl.col("at")).then(pl.col(name).fill_null(0)).otherwise(name)
                .alias(name)
            )
            .drop("since")
        )  # fmt: skip
    return frame.drop("at")


_COLUMNS = {
    "recused_from": "n_recused_experts",
    "employs": "n_employed_experts",
    "related_to": "n_related_experts",
}


def _directed(relations: pl.LazyFrame) -> pl.LazyFrame:
    """Relations as `bidder_id, expert_id, kind` in either direction; `since` is never null."""
    beginning = pl.lit("1970-01-01T00:00:00Z").str.to_datetime(time_unit="us", time_zone="UTC")
    told = relations.filter(pl.col("kind").is_in(list(_COLUMNS))).with_columns(
        since=pl.col("valid_from").fill_null(beginning)
    )
    columns = ("bidder_id", "expert_id", "kind", "valid_from", "valid_to", "since")
    return pl.concat(
        [
            told.rename({"from_id": a, "to_id": b}).select(columns)
            for a, b in (("bidder_id", "expert_id"), ("expert_id", "bidder_id"))
        ]
    )
