from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from detect.rules.r.r02_founded_together import chance_of_a_batch
from detect.rules.r.r02_founded_together import founded_together as rule

T, GAP, P, BATCH, YOUNG = (
    "founded_together", "founding_gap_days", "founding_chance", "founding_batch", "young_firms"
)  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({T: True, GAP: 7, P: 0.02, BATCH: 2, YOUNG: 2}, "hit YELLOW"),
        ({T: True, GAP: 7, P: 0.05, BATCH: 2, YOUNG: 2}, "hit YELLOW"),
        ({T: True, GAP: 7, P: 0.051, BATCH: 2, YOUNG: 2}, "clear"),
        ({T: True, GAP: 1, P: 0.021, BATCH: 2, YOUNG: 3}, "clear"),
        ({T: True, GAP: 1, P: 0.021, BATCH: 3, YOUNG: 5}, "hit YELLOW"),
        ({T: False}, "clear"),
        ({T: True, GAP: 1}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_limits(verdict: Callable[..., str]) -> None:
    seen = {T: True, GAP: 7, P: 0.02, BATCH: 2, YOUNG: 2}
    assert verdict(rule.with_limits(max_p=0.01), **seen) == "clear"
    assert verdict(rule.with_limits(max_days=6), **seen) == "clear"


@pytest.mark.parametrize("young", [2, 3, 5, 10])
def test_independent_foundings_are_found_no_more_often_than_nominal(young: int) -> None:
    rng, n = np.random.default_rng(young), 4_000
    day = np.sort(rng.integers(0, 731, (n, young)), axis=1)
    near = np.abs(day[:, :, None] - day[:, None, :]) <= 7
    batch = (near[:, :, None, :] & near[:, None, :, :]).sum(axis=3)
    batch = np.where(near & ~np.eye(young, dtype=bool), batch, 0).max(axis=(1, 2))
    frame = pl.DataFrame({"c": np.full(n, 15 / 731), "b": batch, "y": np.full(n, young)})
    p = frame.select(chance_of_a_batch(pl.col("c"), pl.col("b"), pl.col("y"))).to_series().to_numpy()
    hits = int(((batch >= 2) & (p <= 0.05)).sum())
    assert hits <= binom.ppf(0.999, n, 0.05)


def test_firms_founded_in_one_week(judged: Callable[..., str]) -> None:
    held = [(f, "phone", f) for f in "AB"]
    days = [date(2023, 6, 1), date(2023, 6, 5)]
    bidders = [{"bidder_id": f, "founded_on": d, "batch_id": "b"} for f, d in zip("AB", days, strict=True)]
    assert judged(rule, held, bidders=bidders) == "hit YELLOW"
    old = [{**b, "founded_on": d.replace(year=2012)} for b, d in zip(bidders, days, strict=True)]
    assert judged(rule, held, bidders=old) == "clear"


def test_partners_in_one_bid_may_be_founded_together(judged: Callable[..., str]) -> None:
    held = [(f, "phone", f) for f in "ABC"]
    bidders = [{"bidder_id": f, "founded_on": date(2023, 6, 1), "batch_id": "b"} for f in "AB"]
    bidders += [{"bidder_id": "C", "founded_on": date(2012, 6, 1), "batch_id": "b"}]
    bids = [{"bid_id": f, "tender_id": "T", "bidder_id": f, "batch_id": "b"} for f in "AC"]
    members = [{"bid_id": "A", "tender_id": "T", "bidder_id": f, "batch_id": "b"} for f in "AB"]
    assert judged(rule, held, bidders=bidders, bids=bids, consortium_members=members) == "clear"
