"""Whether a firm wins more with one agency than elsewhere: a snapshot of a market (rules B07)."""

import polars as pl

from features.buyer.suppliers import THIN_SUPPLIERS
from features.catalogue import Column, Grain, block, frame
from features.false_discovery import false_discovery_rate
from features.hypergeometric import upper_tail
from features.ratio import ratio

_COUNTS = ("won", "entered_in_all", "won_in_all", "entered")


@frame
def agency_records(bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per bidder and agency under which it bid in a decided tender.

    Columns: `entered, won` under the agency, `entered_in_all, won_in_all` under any, `p`, the chance of so
    many of its wins falling on the agency's tenders if they fall on all that it entered alike
    (hypergeometric), and `q`, adjusted for all bidders and agencies.
    """
    decided = pl.col("won").is_not_null().all().over("tender_id")
    of = tenders.filter(pl.col("agency_id").is_not_null()).select("tender_id", "agency_id")
    entries = (
        bids.filter(decided).group_by("tender_id", "bidder_id").agg(pl.col("won").any())
        .join(of, on="tender_id")
    )  # fmt: skip
    counts = (pl.len().cast(pl.Float64), pl.col("won").sum().cast(pl.Float64))
    whole = entries.group_by("bidder_id").agg(
        counts[0].alias("entered_in_all"), counts[1].alias("won_in_all")
    )
    return (
        entries.group_by("bidder_id", "agency_id").agg(counts[0].alias("entered"), counts[1])
        .join(whole, on="bidder_id")
        .sort("bidder_id", "agency_id")
        .with_columns(p=pl.struct(_COUNTS).map_batches(_tail, return_dtype=pl.Float64))
        .with_columns(q=false_discovery_rate(pl.col("p")))
    )  # fmt: skip


@frame
def agency_homes(bids: pl.LazyFrame, tenders: pl.LazyFrame, active_suppliers: pl.LazyFrame) -> pl.LazyFrame:
    """How many firms are active where a bidder mostly bids under an agency.

    Columns: `bidder_id, agency_id, suppliers`.
    """
    key, where = ["bidder_id", "agency_id"], ["category", "region"]
    of = tenders.filter(pl.col("agency_id").is_not_null()).select("tender_id", "agency_id", *where)
    return (
        bids.select("tender_id", "bidder_id").unique().join(of, on="tender_id")
        .group_by(*key, *where).len()
        .sort("len", *where, descending=[True, False, False])
        .group_by(key).agg(pl.col(where).first())
        .join(active_suppliers, on=where)
        .select(*key, "suppliers")
    )  # fmt: skip


@block(
    Grain.BIDDER,
    {
        "top_agency": Column("Agency under which the firm's wins stand out most from its other bids.",
                             "中标最集中的代理机构", "", "a decided tender with an agency", "rules B07"),
        "agency_wins": Column("Its wins under that agency.", "该代理机构下中标次数", "tenders",
                              "as top_agency", "rules B07"),
        "agency_win_lift": Column("Its rate of winning there over its rate in all.",
                                  "该代理机构下中标率提升度",
                                  "times", "as top_agency, one win", "rules B07"),
        "agency_wins_p": Column(
            "Chance of so many of its wins falling on that agency, times the agencies it bid under.",
            "代理机构集中的偶然概率", "probability", "as top_agency", "rules B07"),
        "agency_wins_q": Column("False discovery rate at which this is a finding.",
                                "代理机构集中的错误发现率",
                                "probability", "as top_agency", "Benjamini and Hochberg 1995"),
        "agency_thin_market": Column(
            f"At most {THIN_SUPPLIERS} firms bid in the category and region of most of its tenders under "
            "that agency.", "该代理机构下所在市场主体过少", "",
            "as top_agency, its tenders have a category and region", "rules FX10"),
    },
)  # fmt: skip
def agency_concentration(agency_records: pl.LazyFrame, agency_homes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per bidder; entry is given, so that firms of one place are not taken for favourites."""
    n = pl.len()
    first = pl.all().sort_by("p", "won", "agency_id", descending=[False, True, False]).first()
    best = agency_records.group_by("bidder_id").agg(first, n.alias("agencies"))
    rates = ratio(pl.col("won"), pl.col("entered")), ratio(pl.col("won_in_all"), pl.col("entered_in_all"))
    return best.join(agency_homes, on=["bidder_id", "agency_id"], how="left").select(
        "bidder_id",
        pl.col("agency_id").alias("top_agency"),
        pl.col("won").cast(pl.Int64).alias("agency_wins"),
        ratio(rates[0], rates[1]).alias("agency_win_lift"),
        (pl.col("p") * pl.col("agencies")).clip(upper_bound=1.0).alias("agency_wins_p"),
        pl.col("q").alias("agency_wins_q"),
        (pl.col("suppliers") <= THIN_SUPPLIERS).alias("agency_thin_market"),
    )


def _tail(counts: pl.Series) -> pl.Series:
    of = counts.struct.unnest()
    return pl.Series(upper_tail(*(of[name].to_numpy() for name in _COUNTS)))
