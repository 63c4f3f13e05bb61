from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.segments import Floats


@pytest.fixture(scope="session")
def tsuchiura(real_file: Callable[[str], Path]) -> pl.LazyFrame:
    raw = pl.scan_csv(real_file("tsuchiura/tsuchiura_data.csv"), infer_schema_length=None).filter(
        pl.col("norm_bid").is_not_null()
    )
    return raw.select(
        pl.col("pid").cast(pl.String).alias("tender_id"),
        pl.col("bidder_id").cast(pl.String),
        pl.col("bid").cast(pl.Float64).alias("price"),
        pl.col("reserveprice").cast(pl.Float64).alias("ceiling"),
        pl.date("year", "month", "day").alias("date"),
        pl.col("minprice").is_not_null().alias("floored"),
    )


AsBids = Callable[..., pl.LazyFrame]


def frame(prices: Floats, ceiling: float = 2.0**20) -> pl.LazyFrame:
    tenders, bidders = prices.shape
    return pl.LazyFrame(
        {
            "tender_id": [f"T{t}" for t in range(tenders) for _ in range(bidders)],
            "bidder_id": [f"F{b}" for _ in range(tenders) for b in range(bidders)],
            "price": prices.ravel() * ceiling,
            "ceiling": np.full(prices.size, ceiling),
        }
    )


@pytest.fixture(scope="session")
def as_bids() -> AsBids:
    return frame


@pytest.fixture(scope="session")
def competition() -> pl.LazyFrame:
    return frame(np.random.default_rng(5).uniform(0.75, 1.0, (400, 5)))


@pytest.fixture(scope="session")
def agreed_winner() -> pl.LazyFrame:
    rng = np.random.default_rng(6)
    prices = rng.uniform(0.94, 1.0, (400, 5))
    prices[:, 0] = prices[:, 1:].min(axis=1) - rng.uniform(0.005, 0.02, 400)
    return frame(prices)


@pytest.fixture(scope="session")
def italy(real_file: Callable[[str], Path]) -> pl.LazyFrame:
    raw = pl.scan_csv(real_file("garcia-2022/DB_Collusion_Italy_processed.csv"), infer_schema_length=None)
    return raw.select(
        pl.col("Tender").cast(pl.String).alias("tender_id"),
        pl.col("Competitors").cast(pl.String).alias("bidder_id"),
        pl.col("Bid_value").alias("price"),
        (pl.col("Winner") == 1).alias("won"),
        (pl.col("Collusive_competitor_original") == 1).alias("convicted"),
    )
