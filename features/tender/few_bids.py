"""Whether so few bids are unusual among earlier tenders of the kind (rules B03).

Where a single offer is what most small purchases draw, one more says nothing: in one real source 71 % of all
procedures have fewer than three bids, 91 % of those below its threshold for tenders.
"""

import polars as pl

from features.catalogue import Column, Grain, Kept, Reach, block, frame
from features.earlier_rank import BITS, place_before

ENOUGH = 100
"""Earlier tenders from which a kind has a percentile."""


@block(
    Grain.TENDER,
    {
        "few_bids_place": Column(
            "Share of earlier tenders of its kind, itself included, that drew as few bids or fewer.",
            "投标数的历史分位", "share of earlier tenders",
            f"deadline known, n_bids >= 1, {ENOUGH} earlier tenders with the same procedure, category and "
            "order of magnitude of the estimate", "rules B03",
        ),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def few_bids(turnouts: pl.LazyFrame, asked_tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a bid and a deadline."""
    found = place_before(turnouts, asked_tenders, ["kind"], enough=ENOUGH)
    return found.select("tender_id", few_bids_place="place")


@frame(reach=Reach.TENDER, kept=Kept(("kind",)))
def turnouts(bid_statistics: pl.LazyFrame, tenders: pl.LazyFrame, tender_codes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a bid: its moments, the number of bids as `level`, and its `kind`."""
    size = pl.coalesce("estimate", "ceiling").cast(pl.Float64)
    magnitude = pl.when(size > 0).then(size.log10().floor().cast(pl.Int64).cast(pl.String))
    parts = (pl.col("procurement_method"), pl.col("category"), magnitude)
    kind = pl.concat_str([part.fill_null("not on record") for part in parts], separator="|")
    return (
        bid_statistics.select("tender_id", level=pl.col("n_bids").clip(0, 2**BITS - 1))
        .join(tenders.select("tender_id", kind=kind), on="tender_id")
        .join(tender_codes.select("tender_id", "deadline_at", "known_at"), on="tender_id")
    )
