"""Where the lowest bid's discount from the ceiling lies among earlier tenders of its kind (rules Q07).

Of its kind are tenders of one award method, one category and one class of number of bids. Nothing coarser
serves where these are few: a category that buys from a price list is near its ceilings by nature, and three
bids are nearer than ten.
"""

import polars as pl

from features.catalogue import Column, Grain, Kept, Reach, block, frame
from features.earlier_rank import place_before
from features.hashed import join_hashed

ENOUGH = 40
"""Earlier tenders from which a kind has a percentile: its fifth then rests on two of them."""

STEP, LOWEST = 0.001, -0.02
"""Discounts are told apart in steps of a tenth of a point, from two points above the ceiling on."""

SIZES = (2, 4, 9)
"""Most bids of the classes of tenders that compete alike; larger ones are one class."""

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
    },
    reach=Reach.TENDER,
)  # fmt: skip
def ceiling_place(discounts: pl.LazyFrame, asked_tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a deadline, a ceiling and a valid bid."""
    found = place_before(discounts, asked_tenders, ["kind"], enough=ENOUGH)
    return found.select("tender_id", discount_place="place", discount_tenders="earlier")


@frame(reach=Reach.TENDER, kept=Kept(("kind",)))
def discounts(priced_bids: pl.LazyFrame, tenders: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a ceiling: its moments, the `level` of its discount and its `kind`."""
    lowest = priced_bids.group_by("tender_id").agg(pl.col("price").min(), pl.len().alias("n"))
    ceiling, n = pl.col("ceiling").cast(pl.Float64), pl.col("n")
    method = pl.col("mechanism").cast(pl.String).fill_null("not on record")
    category = pl.col("category").fill_null("")
    size = sum((n > most for most in SIZES), start=pl.lit(0, pl.Int32))
    # A hair more than floor, so that a discount of exactly 5 % falls on its own step.
    level = ((1 - pl.col("price") / ceiling - LOWEST) / STEP + 1e-6).floor().clip(0, 255)
    return (
        lowest.pipe(join_hashed, tenders.select("tender_id", "ceiling", "mechanism", "category"), "tender_id")
        .pipe(join_hashed, tender_codes.select("tender_id", "deadline_at", "known_at"), "tender_id")
        .filter(ceiling > 0)
        .select(
            "tender_id", "deadline_at", "known_at", level.cast(pl.Int64).alias("level"),
            pl.format("{}|{}|{}", method, category, size).alias("kind"),
        )
    )  # fmt: skip
