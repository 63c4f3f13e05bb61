from datetime import UTC, datetime, timedelta
from itertools import combinations
from math import sqrt

import numpy as np
import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from features.tender.partners import NEWCOMERS
from records.tables import market_of

START = datetime(2020, 1, 1, tzinfo=UTC)


def overlaps(entered: list[tuple[int | None, str]]) -> list[float | None]:
    """Overlap per tender, given each tender's day and its bidders as letters."""
    days = [None if day is None else START + timedelta(days=day) for day, _ in entered]
    ids = [f"T{i:03}" for i in range(len(entered))]
    pairs = [(t, firm) for t, (_, firms) in zip(ids, entered, strict=True) for firm in firms]
    tenders = pl.DataFrame(
        {"tender_id": ids, "deadline_at": days, "batch_id": "b"},
        schema_overrides={"deadline_at": pl.Datetime("us", "UTC")},
    )
    bids = pl.DataFrame(
        {
            "bid_id": [f"{t}{firm}" for t, firm in pairs],
            "tender_id": [t for t, _ in pairs],
            "bidder_id": [firm for _, firm in pairs],
            "amount": [100 + i for i in range(len(pairs))],
            "batch_id": "b",
        }
    )
    made = Build(market_of(tenders=tenders, bids=bids)).grain(Grain.TENDER).sort("tender_id").collect()
    return made["partner_overlap"].to_list()


def slow(entered: list[tuple[int, str]]) -> list[float]:
    found = []
    for day, firms in entered:
        past = [set(f) for d, f in entered if d < day]
        parts = []
        for a, b in combinations(firms, 2):
            n_a, n_b = (sum(x in p for p in past) + NEWCOMERS for x in (a, b))
            parts.append(sum({a, b} <= p for p in past) / sqrt(n_a * n_b))
        found.append(float(np.mean(parts)))
    return found


def test_agrees_with_a_count_by_hand() -> None:
    assert overlaps([(1, "AB"), (2, "AB"), (3, "ABC")]) == pytest.approx([0, 1 / 4, 2 / 5 / 3])


def test_agrees_with_a_slow_count_on_random_markets() -> None:
    rng = np.random.default_rng(0)
    entered = [
        (int(day), "".join(rng.choice(list("ABCDEFG"), rng.integers(2, 5), replace=False)))
        for day in rng.integers(1, 30, 60)
    ]

    assert overlaps([*entered]) == pytest.approx(slow(entered))


def test_what_comes_later_or_at_the_same_moment_changes_nothing() -> None:
    assert overlaps([(1, "AB"), (2, "AB"), (2, "AB"), (9, "AB")])[:3] == pytest.approx([0, 1 / 4, 1 / 4])


def test_unknown_without_a_deadline_or_a_second_bidder() -> None:
    assert overlaps([(1, "AB"), (None, "AB"), (3, "A")]) == [0, None, None]
