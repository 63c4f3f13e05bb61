"""Markets in which few devices and people wander between few firms, so that links are common."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from records.tables import Market, market_of

KINDS = ("author_mac", "upload_disk", "author_cpu", "agent")
START = datetime(2018, 1, 1, tzinfo=UTC)


def linked_market(seed: int, n_tenders: int = 50, n_bidders: int = 9, n_values: int = 7) -> Market:
    rng = np.random.default_rng(seed)
    tenders: list[dict[str, Any]] = []
    bids: list[dict[str, Any]] = []
    traces: list[dict[str, Any]] = []
    for t in range(n_tenders):
        of = {"tender_id": f"T{t:03}", "batch_id": "x"}
        deadline = START + timedelta(days=int(rng.integers(0, 60)) * 20)
        opened = deadline + timedelta(days=int(rng.integers(0, 3)) * 20)
        dated = rng.random() > 0.1
        tenders.append({**of, "deadline_at": deadline if dated else None, "closed_at": opened,
                        "opened_at": opened if rng.random() > 0.3 else None})  # fmt: skip
        for firm in rng.choice(n_bidders, size=int(rng.integers(1, 5)), replace=False).tolist():
            bids.append({**of, "bid_id": f"{t}-{firm}", "bidder_id": f"F{firm}"})
            for kind in KINDS:
                if rng.random() < 0.5:
                    # Some values wander between three firms, one between all.
                    value = int(rng.integers(n_values)) * 10 + (firm // 3 if rng.random() < 0.9 else 9)
                    seen = deadline + timedelta(days=int(rng.integers(-1, 3)) * 10)
                    traces.append({**of, "bidder_id": f"F{firm}", "kind": kind, "value_hash": f"{value:032}",
                                   "observed_at": seen if rng.random() < 0.3 else None})  # fmt: skip
    members = [
        {"bid_id": b["bid_id"], "tender_id": b["tender_id"], "bidder_id": f, "batch_id": "x"}
        for b in bids[::9] for f in {b["bidder_id"], "F0"}
    ]  # fmt: skip
    register = [
        {"bidder_id": f"F{firm}", "batch_id": "x", "region": [None, "R1", "R2"][firm % 3],
         "founded_on": date(2017, 6, 1) + timedelta(days=int(rng.integers(0, 30))) if firm else None}
        for firm in range(n_bidders)
    ]  # fmt: skip
    known = {"kind": "author_mac", "value_hash": f"{20:032}", "listing": "centre_device", "batch_id": "x",
             "valid_from": START + timedelta(days=300), "valid_to": START + timedelta(days=700)}  # fmt: skip
    tables = {
        "tenders": tenders, "bids": bids, "identifiers": traces, "consortium_members": members,
        "bidders": register, "known_values": [known],
    }  # fmt: skip
    return market_of(**{name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in tables.items()})


@pytest.fixture(scope="session")
def make_linked() -> Callable[..., Market]:
    return linked_market
