from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from detect.rule import Rule
from features.build import Build
from features.catalogue import Grain
from records.tables import Market, market_of

Rates = Callable[[Rule], tuple[int, int]]


def competitive_market(seed: int, n_tenders: int, mechanism: str = "lowest") -> Market:
    """Independent lognormal bids to the cent, three to nine a tender, deviations alike in every tender."""
    rng = np.random.default_rng(seed)
    n = rng.integers(3, 10, n_tenders)
    tender = np.repeat(np.arange(n_tenders), n)
    size = np.exp(rng.normal(13, 1, n_tenders))
    price = size[tender] * np.exp(0.05 * rng.standard_normal(tender.size))
    firm = np.concatenate([rng.permutation(60)[:k] for k in n])
    start = datetime(2022, 1, 1, tzinfo=UTC)
    days = [start + timedelta(days=0.5 * i) for i in range(n_tenders)]
    ids = pl.Series([f"T{i:05}" for i in range(n_tenders)])
    tenders = pl.DataFrame(
        {
            "tender_id": ids,
            "deadline_at": days,
            "opened_at": days,
            "ceiling": np.round(1.12 * size, 2),
            "category": pl.Series(["A", "B"]).gather(pl.Series(rng.integers(0, 2, n_tenders))),
            "mechanism": mechanism,
            "batch_id": "b",
        }
    )
    bids = pl.DataFrame(
        {
            "bid_id": [f"b{i}" for i in range(tender.size)],
            "tender_id": ids.gather(pl.Series(tender)),
            "bidder_id": [f"F{f:02}" for f in firm],
            "amount": np.round(price, 2),
            "batch_id": "b",
        }
    )
    return market_of(tenders=tenders, bids=bids)


@pytest.fixture(scope="session")
def competition_market() -> Market:
    return competitive_market(1, 1600)


@pytest.fixture(scope="session")
def competition(competition_market: Market) -> pl.DataFrame:
    return Build(competition_market).grain(Grain.TENDER).collect()


@pytest.fixture(scope="session")
def rates(competition: pl.DataFrame) -> Rates:
    """Hits of a rule, and tenders that it judged, in a competitive market."""

    def count(rule: Rule) -> tuple[int, int]:
        state = competition.select(rule.state().alias("state"))["state"]
        hits = int((state == "hit").sum())
        return hits, hits + int((state == "clear").sum())

    return count
