"""Whether a tender was called again and again until somebody won: known with the outcome (T6)."""

import polars as pl

from features.catalogue import Column, Grain, Reach, block

LONGEST = 6
"""Calls are followed back so far; a chain that comes back to itself ends there as well."""

_KNOWN = "retender_of on record"


@block(
    Grain.TENDER,
    {
        "earlier_rounds": Column("Calls that failed before this one, as far back as the record goes.",
                                 "此前流标次数", "calls", _KNOWN, "rules O12"),
        "winner_in_every_round": Column("The winner bid in all of them.", "中标人参与历次招标", "",
                                        f"{_KNOWN}, one winner, bids of every earlier call on record",
                                        "rules O12"),
        "most_earlier_bids": Column("Most bids in any of them.", "此前各次最多投标数", "bids",
                                    f"{_KNOWN}, bids of every earlier call on record", "rules O12"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def retender_rounds(tenders: pl.LazyFrame, ordered_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender that names the call before it."""
    rounds = _earlier(tenders)
    winners = ordered_bids.filter("won").group_by("tender_id").agg(
        pl.col("bidder_id").unique().first().alias("winner"), pl.col("bidder_id").n_unique().alias("winners")
    )  # fmt: skip
    entries = ordered_bids.group_by(earlier="tender_id").agg(
        pl.len().cast(pl.Int64).alias("entered"), pl.col("bidder_id").unique().alias("bidders")
    )
    known = pl.col("entered").is_not_null().all()
    took_part = pl.col("bidders").list.contains(pl.col("winner")).fill_null(False).all()
    return (
        rounds.join(winners, on="tender_id", how="left")
        .join(entries, on="earlier", how="left")
        .group_by("tender_id")
        .agg(
            pl.len().cast(pl.Int64).alias("earlier_rounds"),
            pl.when(known & (pl.col("winners").first() == 1)).then(took_part).alias("winner_in_every_round"),
            pl.when(known).then(pl.col("entered").max()).alias("most_earlier_bids"),
        )
    )


def _earlier(tenders: pl.LazyFrame) -> pl.LazyFrame:
    """`tender_id, earlier`: every call before a tender, `LONGEST` at most."""
    link = tenders.select(earlier="tender_id", before="retender_of").drop_nulls()
    step = tenders.select("tender_id", earlier="retender_of").drop_nulls()
    found = [step]
    for _ in range(LONGEST - 1):
        step = step.join(link, on="earlier").select("tender_id", earlier="before")
        found.append(step)
    chain = pl.concat(found).filter(pl.col("earlier") != pl.col("tender_id"))
    return chain.unique()
