from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of


def placed(prices: list[list[float]], **of_lot: Any) -> list[dict[str, Any]]:
    """Tenders with a ceiling of 100, one a day."""
    days = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range(len(prices))]
    ids = [f"T{i:04}" for i in range(len(prices))]
    given = {"category": "C", "mechanism": "lowest", **of_lot}
    tenders = pl.DataFrame(
        {"tender_id": ids, "deadline_at": days, "ceiling": 100, "batch_id": "b"}
    ).with_columns(**{name: pl.Series(v) if isinstance(v, list) else pl.lit(v) for name, v in given.items()})
    bids = pl.DataFrame(
        [
            {"bid_id": f"{t}-{i}", "tender_id": t, "bidder_id": f"F{i}", "amount": p, "batch_id": "b"}
            for t, lot in zip(ids, prices, strict=True)
            for i, p in enumerate(lot)
        ]
    )
    frame = Build(market_of(tenders=tenders, bids=bids)).grain(Grain.TENDER).sort("tender_id")
    return frame.select("discount_place", "discount_tenders").collect().to_dicts()


def test_a_discount_is_placed_among_those_before_it() -> None:
    rows = placed(
        [[90.0, 95.0, 97.0]] * 30 + [[80.0, 95.0, 97.0]] * 10 + [[85.0, 90.0, 91.0], [95.0, 96.0, 97.0]]
    )
    assert rows[39] == {"discount_place": None, "discount_tenders": None}
    assert rows[40] == {"discount_place": pytest.approx(31 / 41), "discount_tenders": 40}
    assert rows[41]["discount_place"] == pytest.approx(1 / 42)


def test_other_sorts_of_tender_are_no_measure() -> None:
    lots = [[90.0, 95.0, 97.0]] * 40
    assert placed([*lots, [90.0, 95.0]])[-1]["discount_place"] is None
    assert placed([*lots, lots[0]], category=["C"] * 40 + ["D"])[-1]["discount_place"] is None
    assert placed([*lots, lots[0]], mechanism=["lowest"] * 40 + ["scored"])[-1]["discount_place"] is None
    assert placed([*lots, lots[0]], category=None)[-1]["discount_tenders"] == 40


def test_places_are_even_where_all_tenders_are_alike() -> None:
    rng = np.random.default_rng(2)
    rows = placed((80 + 15 * rng.random((900, 3))).round(2).tolist())
    place = np.array([r["discount_place"] for r in rows if r["discount_place"] is not None])
    for limit in (0.01, 0.05, 0.2):
        # Places are not quite independent, so six deviations of the binomial law.
        room = 6 * np.sqrt(limit * (1 - limit) / place.size)
        assert (place <= limit).mean() <= limit + room
