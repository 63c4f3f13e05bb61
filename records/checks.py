"""Looking across tables: records that name what is not there, and values that look wrong."""

import polars as pl

from records import uscc
from records.price_scales import mixed_scales
from records.tables import SCHEMAS, Market
from records.unit_slips import unit_slips

FINDING = pl.Schema(dict.fromkeys(("table", "record", "code", "what", "what_zh"), pl.String()))
UNIT_SLIP, MIXED_SCALE, LOOK_ALIKE = "unit slip", "bids not on one scale", "look-alike in credit code"

_HOME = {"tender_id": "tenders", "bid_id": "bids", "bidder_id": "bidders"}


def orphans(market: Market) -> dict[str, int]:
    """Rows per table that name a tender, bid or bidder which the market does not hold.

    >>> from records.tables import market_of
    >>> bids = pl.DataFrame({"bid_id": ["a"], "tender_id": ["T"], "bidder_id": ["A"], "batch_id": ["b"]})
    >>> orphans(market_of(bids=bids))
    {'bids: bidder_id not in bidders': 1, 'bids: tender_id not in tenders': 1}
    """
    frames: dict[str, pl.LazyFrame] = market.to_dict()
    links = [
        (table, column)
        for table in SCHEMAS
        for column in sorted(SCHEMAS[table].columns())
        if column in _HOME and _HOME[column] != table
    ]
    counts = {
        f"{table}: {column} not in {_HOME[column]}": frames[table]
        .filter(pl.col(column).is_not_null())
        .join(frames[_HOME[column]].select(column), on=column, how="anti")
        .select(pl.len())
        .collect(engine="streaming")
        .item()
        for table, column in links
    }
    return {name: n for name, n in counts.items() if n}


def findings(market: Market, batch_id: str | None = None) -> pl.DataFrame:
    """What looks wrong and was not mended: `table, record, code`, and in words `what, what_zh`.

    With `batch_id`, only what concerns tenders, bids and bidders that this batch wrote last.
    """
    bids: pl.LazyFrame = market.bids
    bidders: pl.LazyFrame = market.bidders
    if batch_id is not None:
        written = pl.col("batch_id") == batch_id
        touched = pl.concat([f.filter(written).select("tender_id") for f in (market.tenders, market.bids)])
        bids, bidders = bids.join(touched, on="tender_id", how="semi"), bidders.filter(written)
    codes = bidders.filter(pl.col("id_scheme") == uscc.SCHEME).select("bidder_id").collect()["bidder_id"]
    alike = uscc.look_alikes(codes).select(
        pl.lit("bidders").alias("table"),
        pl.col("bidder_id").alias("record"),
        pl.lit(LOOK_ALIKE).alias("code"),
        "what",
        "what_zh",
    )
    slips, scales = pl.collect_all(
        [
            unit_slips(bids, market.tenders).with_columns(pl.lit(UNIT_SLIP).alias("code")),
            mixed_scales(bids).with_columns(pl.lit(MIXED_SCALE).alias("code")),
        ]
    )
    return (
        pl.concat([slips.select(FINDING.names()), scales.select(FINDING.names()), alike])
        .cast(FINDING)
        .sort("table", "record")
    )
