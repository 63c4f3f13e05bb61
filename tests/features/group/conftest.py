"""Numpy markets: firms that enter at random, and planted rings with known habits."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from records.tables import Market, market_of

Frames = dict[str, pl.LazyFrame]
START = datetime(2018, 1, 1, tzinfo=UTC)


def ring_market(
    seed: int, ring: Sequence[int] = (), n_tenders: int = 400, n_firms: int = 40, share: float = 0.15
) -> Market:
    """Every tender is entered by six firms at random, or by the ring and one more; the lowest wins."""
    rng = np.random.default_rng(seed)
    tenders, bids = [], []
    for t in range(n_tenders):
        acts = bool(ring) and rng.random() < share
        others = [f for f in range(n_firms) if f not in ring] if acts else range(n_firms)
        firms = [*(ring if acts else ()), *rng.choice(others, 1 if acts else 6, replace=False).tolist()]
        tenders.append(
            {"tender_id": f"T{t:04}", "deadline_at": START + timedelta(days=t), "batch_id": "x",
             "category": "C", "region": f"R{rng.integers(3)}", "buyer_id": f"B{rng.integers(5)}",
             "ceiling": 1000, "mechanism": "lowest"}
        )  # fmt: skip
        prices = rng.normal(800, 40, len(firms))
        bids += [
            {"bid_id": f"{t}-{f}", "tender_id": f"T{t:04}", "bidder_id": f"F{f:02}", "batch_id": "x",
             "amount": round(float(p), 2), "status": "valid", "won": bool(p == prices.min()),
             "submitted_at": START + timedelta(days=t, seconds=int(rng.integers(-90_000, 0)))}
            for f, p in zip(firms, prices, strict=True)
        ]  # fmt: skip
    return market_of(tenders=pl.DataFrame(tenders), bids=pl.DataFrame(bids))


def entries_of(rows: list[dict[str, Any]]) -> pl.LazyFrame:
    """A frame like `group_entries` from a few columns; counts follow from the rows."""
    lot = ["group_id", "tender_id"]
    frame = pl.DataFrame(rows)
    given = {
        "won": pl.lit(None, pl.Boolean), "deadline_at": pl.lit(None, pl.Datetime("us", "UTC")),
        "submitted_at": pl.lit(None, pl.Datetime("us", "UTC")), "buyer_id": pl.lit(None, pl.String),
        "category": pl.lit(None, pl.String), "region": pl.lit(None, pl.String), "mechanism": pl.lit("lowest"),
        "ceiling": pl.lit(None, pl.Float64), "estimate": pl.lit(None, pl.Float64), "price": pl.lit(1.0),
    }  # fmt: skip
    absent = [value.alias(name) for name, value in given.items() if name not in frame.columns]
    frame = frame.with_columns(*absent, pl.len().over(lot).alias("present"))
    outsiders = pl.col("outsiders") if "outsiders" in frame.columns else 0
    lowest = pl.col("lowest") if "lowest" in frame.columns else pl.col("price").min().over(lot)
    return frame.with_columns(n_firms=pl.col("present") + outsiders, lowest=lowest).lazy()


def sets_of(entries: pl.LazyFrame) -> pl.LazyFrame:
    """The groups behind such a frame."""
    return (
        entries.select("group_id", "bidder_id", submarket=pl.lit("S")).unique().sort("group_id", "bidder_id")
    )


def random_entries(
    seed: int, groups: int = 200, lots: int = 24, seats: int = 4, strength: float = 0.0
) -> pl.LazyFrame:
    """Groups whose members enter four lots of five; prices are independent, with a lasting `strength`."""
    rng = np.random.default_rng(seed)
    shape = (groups, lots, seats)
    there = rng.random(shape) < 0.8
    price = 800 + 40 * rng.normal(size=shape) + 40 * strength * rng.normal(size=(groups, 1, seats))
    outsiders = np.broadcast_to(rng.integers(0, 2, (groups, lots, 1)), shape)
    region, buyer = (np.broadcast_to(rng.integers(0, k, (groups, lots, 1)), shape) for k in (3, 4))
    g, t, f = np.nonzero(there)
    lot = ["group_id", "tender_id"]
    frame = pl.DataFrame({
        "group_id": [f"G{x:03}" for x in g], "tender_id": [f"T{x:03}" for x in t],
        "bidder_id": [f"F{a:03}-{b}" for a, b in zip(g, f, strict=True)], "price": price[there],
        "outsiders": outsiders[there], "region": [f"R{x}" for x in region[there]],
        "buyer_id": [f"B{x}" for x in buyer[there]], "ceiling": [1000.0] * len(g),
        "deadline_at": [START + timedelta(days=60 * int(x)) for x in t],
        "submitted_at": [START + timedelta(seconds=int(x)) for x in rng.integers(0, 10**7, len(g))],
    })  # fmt: skip
    won = frame.with_columns((pl.col("price") == pl.col("price").min().over(lot)).alias("won"))
    return entries_of(won.to_dicts())


@pytest.fixture(scope="session")
def make_ring_market() -> Callable[..., Market]:
    return ring_market


@pytest.fixture(scope="session")
def make_entries() -> Callable[..., pl.LazyFrame]:
    return random_entries


@pytest.fixture(scope="session")
def as_entries() -> Callable[..., pl.LazyFrame]:
    return entries_of


@pytest.fixture(scope="session")
def as_sets() -> Callable[..., pl.LazyFrame]:
    return sets_of


def assert_null(p: pl.Series) -> None:
    """No more small values than the binomial law lets pass one time in a thousand."""
    from scipy.stats import binom

    p = p.drop_nulls()
    assert p.len() >= 100
    for level in (0.01, 0.05):
        assert (p <= level).sum() <= binom.ppf(0.999, p.len(), level)


@pytest.fixture(scope="session")
def honest() -> Callable[[pl.Series], None]:
    return assert_null
