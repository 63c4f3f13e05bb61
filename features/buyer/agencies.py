"""Whether a firm wins more with one agency or one buyer than elsewhere: a snapshot (rules B07, O11)."""

import polars as pl

from features.buyer.suppliers import THIN_SUPPLIERS
from features.catalogue import Column, Grain, block, frame
from features.false_discovery import false_discovery_rate
from features.hypergeometric import upper_tail
from features.ratio import ratio

_COUNTS = ("won", "entered_in_all", "won_in_all", "entered")


def records_under(bids: pl.LazyFrame, tenders: pl.LazyFrame, of: str) -> pl.LazyFrame:
    """One row per bidder and party `of` a tender (a column of tenders) under which it bid in a decided one.

    Columns: `bidder_id`, `of`; `entered, won` under the party, `entered_in_all, won_in_all` under any that is
    known, and `p`, the chance of so many of its wins falling on the party's tenders if they fall on all that
    it entered alike (hypergeometric).
    """
    decided = pl.col("won").is_not_null().all().over("tender_id")
    known = tenders.filter(pl.col(of).is_not_null()).select("tender_id", of)
    entries = (
        bids.filter(decided).group_by("tender_id", "bidder_id").agg(pl.col("won").any())
        .join(known, on="tender_id")
    )  # fmt: skip
    counts = (pl.len().cast(pl.Float64), pl.col("won").sum().cast(pl.Float64))
    whole = entries.group_by("bidder_id").agg(
        counts[0].alias("entered_in_all"), counts[1].alias("won_in_all")
    )
    return (
        entries.group_by("bidder_id", of).agg(counts[0].alias("entered"), counts[1])
        .join(whole, on="bidder_id")
        .sort("bidder_id", of)
        .with_columns(p=pl.struct(_COUNTS).map_batches(_tail, return_dtype=pl.Float64))
    )  # fmt: skip


def where_wins_gather(records: pl.LazyFrame, of: str) -> pl.LazyFrame:
    """Of each bidder's `records_under` the least likely, with `parties`, under how many it bid."""
    first = pl.all().sort_by("p", "won", of, descending=[False, True, False]).first()
    return records.group_by("bidder_id").agg(first, pl.len().alias("parties"))


@frame
def agency_records(bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """The `records_under` agencies, and `q`, `p` adjusted for all bidders and agencies."""
    return records_under(bids, tenders, "agency_id").with_columns(q=false_discovery_rate(pl.col("p")))


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
    best = where_wins_gather(agency_records, "agency_id")
    rates = ratio(pl.col("won"), pl.col("entered")), ratio(pl.col("won_in_all"), pl.col("entered_in_all"))
    return best.join(agency_homes, on=["bidder_id", "agency_id"], how="left").select(
        "bidder_id",
        pl.col("agency_id").alias("top_agency"),
        pl.col("won").cast(pl.Int64).alias("agency_wins"),
        ratio(rates[0], rates[1]).alias("agency_win_lift"),
        (pl.col("p") * pl.col("parties")).clip(upper_bound=1.0).alias("agency_wins_p"),
        pl.col("q").alias("agency_wins_q"),
        (pl.col("suppliers") <= THIN_SUPPLIERS).alias("agency_thin_market"),
    )


@block(
    Grain.BIDDER,
    {
        "top_buyer": Column("Buyer with which the firm's wins stand out most from its other bids.",
                            "中标最集中的招标人", "", "a decided tender with a buyer", "rules O11"),
        "buyer_wins": Column("Its wins with that buyer.", "该招标人处中标次数", "tenders", "as top_buyer",
                             "rules O11"),
        "buyer_wins_p": Column(
            "Chance of so many of its wins falling on that buyer, times the buyers it bid to.",
            "招标人集中的偶然概率", "probability", "as top_buyer", "rules O11"),
    },
)  # fmt: skip
def buyer_concentration(bids: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per bidder; entry is given, so that a firm which bids to one buyer only is no favourite."""
    best = where_wins_gather(records_under(bids, tenders, "buyer_id"), "buyer_id")
    return best.select(
        "bidder_id",
        pl.col("buyer_id").alias("top_buyer"),
        pl.col("won").cast(pl.Int64).alias("buyer_wins"),
        (pl.col("p") * pl.col("parties")).clip(upper_bound=1.0).alias("buyer_wins_p"),
    )


def _tail(counts: pl.Series) -> pl.Series:
    of = counts.struct.unnest()
    return pl.Series(upper_tail(*(of[name].to_numpy() for name in _COUNTS)))
