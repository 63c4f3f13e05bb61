"""Random markets with everything that the bidder grain reads: consortia, places, money, traces."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from records.tables import Market, market_of

Rows = list[dict[str, Any]]
START = datetime(2018, 1, 1, tzinfo=UTC)


def rich_market(seed: int, n_tenders: int = 60, n_bidders: int = 9, factor: int = 1) -> Market:
    """Every bid is open to chance: who enters, at what price, who wins."""
    rng = np.random.default_rng(seed)
    tenders: Rows = []
    bids: Rows = []
    members: Rows = []
    traces: Rows = []

    def known(value: Any, share: float = 0.9) -> Any:
        return value if rng.random() < share else None

    for t in range(n_tenders):
        of = {"tender_id": f"T{t:03}", "batch_id": "x"}
        deadline = START + timedelta(days=int(rng.integers(0, 50)) * 40)
        limit = int(rng.integers(100, 200)) * 1000
        tenders.append(
            {
                **of,
                "published_at": known(deadline - timedelta(days=20)),
                "deadline_at": known(deadline),
                "closed_at": known(deadline + timedelta(days=30)),
                "category": known(f"C{rng.integers(3)}"),
                "region": known(f"R{rng.integers(3)}"),
                "buyer_id": known(f"B{rng.integers(5)}"),
                "ceiling": known(limit * factor, 0.6),
                "estimate": known((limit + 5000) * factor, 0.6),
            }
        )
        firms = rng.choice(n_bidders, size=int(rng.integers(1, n_bidders)), replace=False)
        winner = int(rng.choice(firms)) if rng.random() < 0.85 else None
        for firm in firms.tolist():
            bid = f"{t}-{firm}"
            price = (limit - int(rng.integers(1, 30)) * 1000) * factor
            status = known(str(rng.choice(["valid", "valid", "valid", "disqualified", "pending"])))
            bids.append(
                {
                    **of,
                    "bid_id": bid,
                    "bidder_id": f"F{firm}",
                    "amount": known(price),
                    "status": "valid" if firm == winner else status,
                    "won": None if winner is None else firm == winner,
                }
            )
            if rng.random() < 0.15:
                partner = int(rng.integers(n_bidders))
                members += [{**of, "bid_id": bid, "bidder_id": f"F{m}"} for m in {firm, partner}]
            for kind in ("author_mac", "agent"):
                if rng.random() < 0.7:
                    value = int(rng.integers(8))
                    traces.append(
                        {**of, "bidder_id": f"F{firm}", "kind": kind, "value_hash": f"{kind:>20}{value:012}"}
                    )
    for firm in range(n_bidders):
        address = f"{int(rng.integers(3)):032}"
        traces.append({"batch_id": "x", "bidder_id": f"F{firm}", "kind": "address", "value_hash": address})
    register = [
        {
            "bidder_id": f"F{firm}",
            "batch_id": "x",
            "founded_on": known(date(2017, 6, 1) + timedelta(days=int(rng.integers(0, 40)))),
            "capital": known(int(rng.integers(0, 3)) * 100_000 * factor),
            "insured_staff": known(int(rng.integers(0, 8))),
            "region": known(f"R{rng.integers(2)}", 0.7),
        }
        for firm in range(n_bidders)
    ]
    tables = {
        "tenders": tenders, "bids": bids, "consortium_members": members, "identifiers": traces,
        "bidders": register,
    }  # fmt: skip
    return market_of(**{name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()})


@pytest.fixture(scope="session")
def make_rich() -> Callable[..., Market]:
    return rich_market
