"""Where the lowest bid's discount from the ceiling lies among earlier tenders of its kind (rules Q07)."""

import polars as pl

from features.catalogue import Column, Grain, block
from features.earlier_rank import rank_before
from features.hashed import hashed, join_hashed

ENOUGH = 200
"""Earlier tenders from which a kind has a percentile (rules Q07)."""

STEP, LOWEST = 0.001, -0.02
"""Discounts are told apart in steps of a tenth of a point, from two points above the ceiling on."""

SIZES = (2, 4, 9)
"""Most bids of the classes of tenders that compete alike; larger ones are one class."""

KINDS = ("award method, category and number of bids", "award method and category", "award method")
"""How alike the tenders compared are, finest first: the first with `ENOUGH` earlier ones is used."""

_DOMAIN = f"deadline and ceiling known, n_valid >= 1, {ENOUGH} such earlier tenders"


@block(
    Grain.TENDER,
    {
        "discount_place": Column(
            "Share of earlier tenders of its kind, itself included, whose lowest bid lay as near the "
            "ceiling or "
            "nearer.", "最低价贴近限价程度的历史分位", "share", _DOMAIN, "rules Q07"),
        "discount_tenders": Column(
            "Earlier tenders of that kind.", "可比的历史标段数", "tenders", _DOMAIN),
        "discount_kind": Column(
            "What those tenders have in common with it; coarser where fewer are on record.",
            "可比标段的口径", "", _DOMAIN),
    },
)  # fmt: skip
def ceiling_place(
    priced_bids: pl.LazyFrame, tenders: pl.LazyFrame, tender_codes: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per tender with a deadline, a ceiling and a valid bid."""
    lots = _lots(priced_bids, tenders, tender_codes)
    ranked = lots.select("tender_id")
    for i, _ in enumerate(KINDS):
        found = rank_before(lots, lots, by=f"kind{i}").rename({"earlier": f"n{i}", "at_most": f"below{i}"})
        ranked = ranked.join(found, on="tender_id", how="left")
    enough = [pl.col(f"n{i}") >= ENOUGH for i, _ in enumerate(KINDS)]
    return ranked.select(
        "tender_id",
        pl.coalesce(
            pl.when(ok).then((pl.col(f"below{i}") + 1) / (pl.col(f"n{i}") + 1)) for i, ok in enumerate(enough)
        ).alias("discount_place"),
        pl.coalesce(pl.when(ok).then(f"n{i}") for i, ok in enumerate(enough)).alias("discount_tenders"),
        pl.coalesce(pl.when(ok).then(pl.lit(KINDS[i])) for i, ok in enumerate(enough)).alias("discount_kind"),
    )


def _lots(priced_bids: pl.LazyFrame, tenders: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a ceiling: its moments, the level of its discount and its kinds."""
    lowest = priced_bids.group_by("tender_id").agg(pl.col("price").min(), pl.len().alias("n"))
    ceiling, n = pl.col("ceiling").cast(pl.Float64), pl.col("n")
    method = pl.col("mechanism").cast(pl.String).fill_null("not on record")
    size = sum((n > most for most in SIZES), start=pl.lit(0, pl.Int32))
    # A hair more than floor, so that a discount of exactly 5 % falls on its own step.
    level = ((1 - pl.col("price") / ceiling - LOWEST) / STEP + 1e-6).floor().clip(0, 255)
    return (
        lowest.pipe(join_hashed, tenders.select("tender_id", "ceiling", "mechanism", "category"), "tender_id")
        .pipe(join_hashed, tender_codes.select("tender_id", "deadline_at", "known_at"), "tender_id")
        .filter(ceiling > 0)
        .select(
            "tender_id", "deadline_at", "known_at", level.cast(pl.Int64).alias("level"),
            # Kinds are told apart, not ordered; without a category a tender is of no finer kind.
            pl.format("{}|{}|{}", method, "category", size).alias("kind0"),
            pl.format("{}|{}", method, "category").alias("kind1"),
            method.alias("kind2"),
        )
        .with_columns(hashed(kind).alias(kind) for kind in ("kind0", "kind1", "kind2"))
    )  # fmt: skip
