"""Competition among named bidders: entries as the pair families read them, and how even p-values lie."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from features.segments import Floats
from records.tables import Market, market_of

START = datetime(2020, 1, 1, 8, 7, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    tender: int
    bidder: int
    price: float
    won: bool = False
    at: datetime | None = None


def market(entries: list[Entry], dated: bool = True) -> Market:
    tenders = sorted({e.tender for e in entries})
    deadlines = [START + timedelta(days=t) if dated else None for t in tenders]
    return market_of(
        tenders=pl.DataFrame(
            {"tender_id": [f"T{t:05}" for t in tenders], "batch_id": "x", "deadline_at": deadlines},
            schema_overrides={"deadline_at": pl.Datetime("us", "UTC")},
        ),
        bids=pl.DataFrame(
            {
                "bid_id": [f"{e.tender}-{e.bidder}" for e in entries],
                "tender_id": [f"T{e.tender:05}" for e in entries],
                "bidder_id": [f"F{e.bidder:03}" for e in entries],
                "amount": [round(e.price, 6) for e in entries],
                "won": [e.won for e in entries],
                "submitted_at": [e.at for e in entries],
                "status": "valid",
                "batch_id": "x",
            },
            schema_overrides={"submitted_at": pl.Datetime("us", "UTC")},
        ),
    )


def competition(
    seed: int,
    tenders: int = 150,
    firms: int = 10,
    size: tuple[int, int] = (3, 6),
    *,
    cost: float = 0.0,
    shock: float = 0.5,
    spreads: float = 0.0,
    scale: float = 0.0,
) -> list[Entry]:
    """Lowest bid wins; firms differ in mean cost and spread, tenders in level and dispersion."""
    rng = np.random.default_rng(seed)
    level, spread = cost * rng.normal(size=firms), 0.05 * np.exp(spreads * rng.normal(size=firms))
    entries = []
    for t in range(tenders):
        who = rng.choice(firms, int(rng.integers(size[0], size[1] + 1)), replace=False)
        noise = spread[who] * rng.normal(size=who.size) * np.exp(scale * rng.normal())
        price = 1e6 * np.exp(shock * rng.normal() + level[who] + noise)
        uploads = [START + timedelta(days=t, minutes=float(m)) for m in rng.random(who.size) * 600]
        entries += [
            Entry(t, int(f), float(p), bool(p == price.min()), at)
            for f, p, at in zip(who, price, uploads, strict=True)
        ]
    return entries


def excess(p: Floats) -> float:
    """Most deviations by which the share of p-values up to a level exceeds the level, binomially."""
    levels = np.array([0.01, 0.05, 0.1])
    share = (p[:, None] <= levels).mean(axis=0)
    return float(((share - levels) / np.sqrt(levels * (1 - levels) / p.size)).max())


@pytest.fixture(scope="session")
def as_market() -> Callable[..., Market]:
    return market


@pytest.fixture(scope="session")
def compete() -> Callable[..., list[Entry]]:
    return competition


@pytest.fixture(scope="session")
def bold() -> Callable[[Floats], float]:
    return excess


@pytest.fixture(scope="session")
def entry() -> type[Entry]:
    return Entry
