"""Small random markets: few firms, close deadlines and coarse prices, so that everything collides."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from records.tables import Market, market_of

Marketmaker = Callable[..., Market]


def random_market(seed: int, n_tenders: int = 40, n_bidders: int = 6) -> Market:
    rng = np.random.default_rng(seed)
    start = datetime(2018, 1, 1, tzinfo=UTC)
    tenders, bids = [], []
    for t in range(n_tenders):
        deadline = start + timedelta(days=int(rng.integers(0, 60)) * 40)
        known = rng.random() > 0.1
        closed = deadline + timedelta(days=int(rng.integers(0, 4)) * 40)
        tenders.append(
            {
                "tender_id": f"T{t:03}",
                "batch_id": "x",
                "deadline_at": deadline if known else None,
                "closed_at": closed if rng.random() > 0.15 else None,
                "category": f"C{rng.integers(2)}",
                "region": f"R{rng.integers(2)}",
            }
        )
        firms = rng.choice(n_bidders, size=int(rng.integers(1, n_bidders + 1)), replace=False)
        base = int(rng.integers(1, 9)) * 1000
        prices = [base * int(rng.integers(100, 106)) for _ in firms]
        for firm, price in zip(firms, prices, strict=True):
            bids.append(
                {
                    "bid_id": f"{t}-{firm}",
                    "tender_id": f"T{t:03}",
                    "bidder_id": f"F{firm}",
                    "amount": price if rng.random() > 0.05 else None,
                    "status": "disqualified" if rng.random() < 0.1 else "valid",
                    "won": price == min(prices),
                    "batch_id": "x",
                }
            )
    return market_of(tenders=pl.DataFrame(tenders), bids=pl.DataFrame(bids))


@pytest.fixture(scope="session")
def make_market() -> Marketmaker:
    return random_market
