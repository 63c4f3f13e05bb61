from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from features.tender.round_losers import ENOUGH
from records.tables import market_of


def shares(prices: list[list[float]], category: list[str] | None = None) -> pl.DataFrame:
    days = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range(len(prices))]
    ids = [f"T{i:04}" for i in range(len(prices))]
    kinds = category or ["C"] * len(prices)
    tenders = pl.DataFrame({"tender_id": ids, "deadline_at": days, "category": kinds, "batch_id": "b"})
    bids = pl.DataFrame(
        [
            {"bid_id": f"{t}-{i}", "tender_id": t, "bidder_id": f"F{i}", "amount": p, "batch_id": "b"}
            for t, lot in zip(ids, prices, strict=True)
            for i, p in enumerate(lot)
        ]
    )
    frame = Build(market_of(tenders=tenders, bids=bids)).grain(Grain.TENDER).sort("tender_id")
    return frame.select("usual_thousands_share", "thousands_p").collect()


PLAIN, ROUND = (
    [90_001.0, 95_002.0, 97_003.0, 99_004.0, 99_005.0],
    [90_001.0, 95_000.0, 97_000.0, 99_000.0, 98_000.0],
)


def test_round_losers_are_rare_where_nobody_was_round_before() -> None:
    found = shares([PLAIN] * 50 + [ROUND])
    assert found["thousands_p"][:50].null_count() == 50
    share = 1 / (ENOUGH + 2)
    assert found["usual_thousands_share"][50] == pytest.approx(share)
    assert found["thousands_p"][50] == pytest.approx(share**4, rel=1e-6)


def test_habits_of_a_category_count_first_and_else_those_of_the_market() -> None:
    found = shares([ROUND] * 50 + [ROUND, ROUND], ["C"] * 50 + ["C", "D"])
    assert found["thousands_p"][50] > 0.9
    assert found["usual_thousands_share"][51] == pytest.approx(205 / 206)
