from typing import Any

import numpy as np
import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of


def build(*tenders: list[float]) -> Build:
    bids = [
        {"bid_id": f"{t}-{i:03}", "tender_id": f"T{t:03}", "bidder_id": f"F{i}", "amount": b, "batch_id": "x"}
        for t, amounts in enumerate(tenders)
        for i, b in enumerate(amounts)
    ]
    tenders_frame = pl.DataFrame({"tender_id": [f"T{t:03}" for t in range(len(tenders))], "batch_id": "x"})
    return Build(market_of(tenders=tenders_frame, bids=pl.DataFrame(bids)))


def rows(*tenders: list[float]) -> list[dict[str, Any]]:
    return build(*tenders).grain(Grain.TENDER).sort("tender_id").collect().to_dicts()


def test_an_isolated_winner_and_crowded_losers() -> None:
    (row,) = rows([100.0, 110.0, 111.0, 113.0])
    assert row["losers_gap_min"] == pytest.approx(0.01)
    assert row["losers_gap_median"] == pytest.approx(0.01)
    assert row["winner_to_losers_gap"] == pytest.approx(10.0)


def test_every_bid_knows_its_nearest_other() -> None:
    bids = build([100.0, 113.0, 110.0, 111.0], [50.0]).grain(Grain.BID).sort("bid_id").collect()
    assert bids["nearest_bid_gap"].to_list() == [
        pytest.approx(0.1), pytest.approx(0.02), pytest.approx(0.01), pytest.approx(0.01), None,
    ]  # fmt: skip


@pytest.mark.parametrize("bids", [[100.0], [100.0, 120.0], [100.0, 110.0, 110.0]])
def test_without_two_different_losers_there_is_no_ratio(bids: list[float]) -> None:
    row = rows(bids, [1.0, 2.0, 3.0])[0]
    assert row["winner_to_losers_gap"] is None
    assert (row["losers_gap_min"] == 0) if len(bids) == 3 else (row["losers_gap_min"] is None)


def test_agrees_with_every_pair_by_hand() -> None:
    rng = np.random.default_rng(4)
    tenders = [rng.integers(1000, 1100, n).astype(float).tolist() for n in rng.integers(3, 9, 40)]
    for row, bids in zip(rows(*tenders), tenders, strict=True):
        losers = sorted(bids)[1:]
        nearest = [min(abs(b - c) for j, c in enumerate(losers) if j != i) for i, b in enumerate(losers)]
        assert row["losers_gap_min"] == pytest.approx(min(nearest) / min(bids))
        assert row["losers_gap_median"] == pytest.approx(float(np.median(nearest)) / min(bids))
