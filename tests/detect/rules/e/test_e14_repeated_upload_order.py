from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from detect.rules.e.e14_repeated_upload_order import repeated_upload_order as rule
from detect.run import judge
from records.tables import Market, market_of

Q, N = "upload_order_q", "n_upload_orders"
SEEN = {"a_uploaded_first": 12, N: 12, "upload_first_expected": 0.5, "upload_order_p": 0.0005}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({**SEEN, Q: 0.01}, "hit YELLOW"),
        ({**SEEN, Q: 0.011}, "clear"),
        ({**SEEN, Q: 0.001, N: 3}, "hit YELLOW"),
        ({**SEEN, Q: 0.001, N: 2}, "not_applicable"),
        ({**SEEN}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def repeated(rng: np.random.Generator, fixed: int) -> Market:
    firms = [f"F{i}" for i in range(6)]
    start = datetime(2024, 1, 1, 1, 30, tzinfo=UTC)
    rows = []
    for t in range(40):
        early = rng.random(6)
        if t < fixed:
            early[:2] = 0.1, 0.2
        rows += [
            {"bid_id": f"{t}{f}", "tender_id": f"T{t}", "bidder_id": f, "batch_id": "b", "amount": 100 + i,
             "status": "valid",
             "submitted_at": start + timedelta(days=t, seconds=int(1000 * early[i]) + 1)}
            for i, f in enumerate(firms)
        ]  # fmt: skip
    tenders = {"tender_id": [f"T{t}" for t in range(40)], "batch_id": "b"}
    return market_of(tenders=pl.DataFrame(tenders), bids=pl.DataFrame(rows))


def test_one_order_throughout_is_found_and_names_both() -> None:
    found = judge(repeated(np.random.default_rng(1), 40), [rule]).parties.hits
    assert ["F0", "F1"] in found["subjects"].to_list()


def test_random_orders_are_found_rarely() -> None:
    found = [judge(repeated(np.random.default_rng(s), 0), [rule]).parties.hits.height for s in range(8)]
    # Some pair is found in at most 1 % of honest markets.
    assert sum(n > 0 for n in found) <= binom.ppf(0.999, 8, 0.01)
