from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from detect.rules.e.e13_close_uploads import close_uploads as rule
from detect.run import judge
from records.tables import market_of

P, RUN, GAP, UP, DOWN = (
    "upload_gap_p_adjusted", "upload_run_p", "upload_gap_minutes", "shared_upload_ip", "shared_download_ip"
)  # fmt: skip
TESTED = {"upload_history": 200, "timed_uploads": 5, "upload_gap_p": 0.001}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({**TESTED, P: 0.01, GAP: 10.0}, "hit INFO"),
        ({**TESTED, P: 0.011, GAP: 1.0}, "clear"),
        ({**TESTED, P: 0.001, GAP: 10.1}, "clear"),
        ({**TESTED, P: 0.001, GAP: 1.0, UP: 1}, "hit YELLOW"),
        ({**TESTED, P: 0.001, GAP: 1.0, DOWN: 1}, "hit YELLOW"),
        ({**TESTED, P: 0.001, GAP: 1.0, UP: 0}, "hit INFO"),
        ({**TESTED, P: 0.9, RUN: 0.005, GAP: 1.0}, "hit INFO"),
        ({**TESTED, P: 0.9, RUN: 0.006, GAP: 1.0}, "clear"),
        ({**TESTED, P: 0.01, RUN: 0.9, GAP: 1.0}, "clear"),
        ({**TESTED, P: 1.0}, "clear"),
        ({**TESTED, P: 1.0, UP: 1}, "clear"),
        ({**TESTED, P: 0.9, RUN: 0.005, GAP: 1.0, "upload_gap_p": 0.011}, "clear"),
        ({UP: 1}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits(verdict: Callable[..., str]) -> None:
    seen = {**TESTED, P: 0.02, GAP: 12.0, "upload_gap_p": 0.02}
    assert verdict(rule.with_limits(max_p=0.02, max_minutes=12.0), **seen) == "hit INFO"


@pytest.mark.slow
def test_independent_uploads_are_found_no_more_often_than_nominal() -> None:
    rng, start, n, each = np.random.default_rng(5), datetime(2020, 1, 1, 1, 30, tzinfo=UTC), 1500, 6
    tenders = pl.DataFrame({"tender_id": [f"T{i:04}" for i in range(n)], "batch_id": "b"}).with_columns(
        deadline_at=pl.lit(start) + pl.duration(days=pl.int_range(pl.len()))
    )
    bids = (
        tenders.join(pl.DataFrame({"bidder_id": [f"F{i}" for i in range(each)]}), how="cross")
        .with_columns(
            bid_id=pl.concat_str("tender_id", "bidder_id"),
            before=pl.Series(rng.exponential(4 * 3600, n * each)),
        )
        .with_columns(
            submitted_at=pl.col("deadline_at") - pl.duration(seconds=pl.col("before").cast(pl.Int64) + 1)
        )
    )
    found = judge(market_of(tenders=tenders, bids=bids), [rule]).states[rule.id]
    asked = int(found.is_in(["hit", "clear"]).sum())
    assert asked > 1000
    assert int((found == "hit").sum()) <= binom.ppf(0.999, asked, 0.01)
