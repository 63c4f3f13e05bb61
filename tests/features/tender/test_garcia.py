from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

FILES = {
    "Brazil": "Bid_value",
    "America": "Bid_value_without_inflation",
    "Italy": "Bid_value",
    "Switzerland_GR_and_See-Gaster": "Bid_value",
}
SHIPPED = {  # column of the file: (ours, fewest bids for which both are defined)
    "CV": ("bid_cv", 2),
    "SPD": ("bid_spread", 2),
    "KURT": ("bid_kurtosis", 4),
    "SKEW": ("bid_skewness", 3),
    "KSTEST": ("ks_uniform", 2),
}


@pytest.mark.parametrize("market", FILES)
def test_published_screens_reproduce(market: str, real_file: Callable[[str], Path]) -> None:
    path = real_file(f"garcia-2022/DB_Collusion_{market}_processed.csv")
    raw = pl.read_csv(path, infer_schema_length=None).with_row_index("row")
    bids = raw.select(
        pl.col("Tender").cast(pl.String).alias("tender_id"),
        pl.format("B{}", "row").alias("bid_id"),
        pl.format("F{}", "row").alias("bidder_id"),
        pl.col(FILES[market]).alias("amount"),
        pl.lit("x").alias("batch_id"),
    )
    tenders = bids.select("tender_id", "batch_id").unique()
    ours = Build(market_of(tenders=tenders, bids=bids)).grain(Grain.TENDER).collect()
    theirs = raw.group_by(pl.col("Tender").cast(pl.String).alias("tender_id")).agg(pl.col(SHIPPED).first())
    both = theirs.join(ours, on="tender_id")
    assert both.height == tenders.height
    for shipped, (name, fewest) in SHIPPED.items():
        defined = both.filter(pl.col("n_valid") >= fewest, pl.col("highest_bid") > pl.col("lowest_bid"))
        off = defined.filter((pl.col(shipped) - pl.col(name)).abs().fill_null(1) > 5.1e-5)
        assert off.is_empty(), off.select("tender_id", "n_valid", shipped, name)
