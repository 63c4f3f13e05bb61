from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from detect.rules.m.m05_sequential_guarantees import chance_of_another
from detect.rules.m.m05_sequential_guarantees import sequential_guarantees as rule

ISSUER, N, M, R = (
    "shared_guarantee_insurer", "numbers_apart_guarantee_insurer", "minutes_apart_guarantee_insurer",
    "insurer_hourly_rate",
)  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({ISSUER: 1, N: 3}, "hit YELLOW"),
        ({ISSUER: 1, N: 4}, "clear"),
        ({ISSUER: 1, M: 10.0, R: 0.03}, "hit YELLOW"),
        ({ISSUER: 1, M: 10.1, R: 0.001}, "clear"),
        ({ISSUER: 1, M: 10.0, R: 0.1}, "clear"),
        ({ISSUER: 1, M: 1.0}, "not_evaluable"),
        ({ISSUER: 1, N: 3, M: 1.0}, "hit YELLOW"),
        ({ISSUER: 1, N: 9, M: 1.0}, "clear"),
        ({ISSUER: 0}, "clear"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


def test_the_chance_of_the_example() -> None:
    frame = pl.DataFrame({"m": [10.0, 10.0], "r": [0.02, 0.1]})
    found = frame.select(chance_of_another(pl.col("m"), pl.col("r"))).to_series()
    assert found.round(3).to_list() == [0.007, 0.033]


def test_neighbouring_numbers_are_no_matter_of_chance() -> None:
    seen = pl.DataFrame({N: [3, 4, None], M: [60.0, 10.0, 10.0], R: [2.0, 0.02, 0.02], "mechanism": None})
    missing = [c for c in rule.reads if c not in seen.columns]
    found = seen.with_columns(pl.lit(None).alias(c) for c in missing).select(rule.p_value()).to_series()
    assert found.round(3).to_list() == [None, 0.007, 0.007]


def test_honest_arrivals_are_found_no_more_often_than_nominal() -> None:
    # Guarantees of one issuer, two bidders among them, by a Poisson law over office hours.
    rng, n, rate = np.random.default_rng(1), 20_000, 0.02
    gap = rng.exponential(60 / rate, n)
    hit = (1 - np.exp(-2 * gap / 60 * rate) <= 0.01) & (gap <= 10)
    assert hit.sum() <= binom.ppf(0.9999, n, 0.01)


def test_an_issuer_on_the_list_is_excused(judged: Callable[..., str], listed: Any) -> None:
    rows = [
        {
            "bidder_id": f,
            "tender_id": "T",
            "kind": "guarantee_insurer",
            "value_hash": "9" * 32,
            "sequence": n,
            "batch_id": "b",
        }
        for f, n in (("A", 1), ("B", 2))
    ]
    held = [("A", "phone", "1"), ("B", "phone", "2")]
    assert judged(rule, held, identifiers=rows) == "hit YELLOW"
    known = listed({"known_values": [("platform_account", "guarantee_insurer", "9" * 32)]})
    assert judged(rule, held, identifiers=rows, **known) == "clear (excused)"
