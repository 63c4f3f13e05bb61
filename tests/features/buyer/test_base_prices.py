from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of


@cache
def simulated(leaks: int = 0, spread: float = 0.04) -> Build:
    rng = np.random.default_rng(7)
    tenders: list[dict[str, Any]] = []
    bids = []
    for t in range(1500):
        told = t < leaks
        tenders.append(
            {"tender_id": f"T{t}", "buyer_id": "B0" if told else f"B{t % 40}", "base_price": 1_000_000,
             "ceiling": 1_100_000, "mechanism": "lowest", "batch_id": "x"}
        )  # fmt: skip
        firms = rng.choice(60, 5, replace=False) + 1
        price = np.round(1_000_000 * np.exp(rng.normal(0, spread, 5)))
        if told:
            firms[0], price[0] = 0, 1_000_500
            price[1:] = np.maximum(price[1:], 1_010_000)
        bids += [
            {"bid_id": f"{t}-{f}", "tender_id": f"T{t}", "bidder_id": f"F{f}", "amount": int(p),
             "status": "valid", "won": p == price.min(), "batch_id": "x"}
            for f, p in zip(firms, price, strict=True)
        ]  # fmt: skip
    return Build(market_of(tenders=pl.DataFrame(tenders), bids=pl.DataFrame(bids)))


@pytest.mark.parametrize("spread", [0.002, 0.04])
def test_meetings_by_chance_are_not_remarkable(spread: float) -> None:
    p = simulated(spread=spread).table("base_price_meetings").collect()["p"]
    assert p.len() > 800
    for level in (0.001, 0.01, 0.05):
        assert (p <= level).sum() <= binom.ppf(0.9999, p.len(), level)


def test_a_firm_that_keeps_meeting_it() -> None:
    frame = simulated(leaks=3).grain(Grain.BUYER).filter(pl.col("buyer_id") == "B0").collect()
    row = frame.row(0, named=True)
    assert (row["base_price_winner"], row["base_price_meetings_of_winner"]) == ("F0", 3)
    assert row["base_price_bids_of_winner"] == 3
    assert row["base_price_chance"] == pytest.approx(0.02, abs=0.01)
    assert row["base_price_q"] < 0.05


@pytest.mark.parametrize(
    "change", [{"base_price": None}, {"base_price": 1_100_000}, {"buyer_id": None}], ids=str
)
def test_without_a_price_of_its_own_there_is_nothing_to_meet(change: dict[str, Any]) -> None:
    tenders = [{"tender_id": f"T{i}", "buyer_id": "B", "base_price": 100, "ceiling": 1_100_000,
                "batch_id": "x"} | change for i in range(3)]  # fmt: skip
    bids = [
        {
            "bid_id": f"{i}",
            "tender_id": f"T{i}",
            "bidder_id": "F",
            "amount": 100,
            "won": True,
            "batch_id": "x",
        }
        for i in range(3)
    ]
    types = {"base_price": pl.Int64, "buyer_id": pl.String}
    market = market_of(tenders=pl.DataFrame(tenders, schema_overrides=types), bids=pl.DataFrame(bids))
    assert Build(market).table("base_price_meetings").collect().is_empty()


def test_few_bids_promise_little() -> None:
    tenders = [{"tender_id": f"T{i}", "buyer_id": "B", "base_price": 100, "batch_id": "x"} for i in range(2)]
    bids = [
        {
            "bid_id": f"{i}",
            "tender_id": f"T{i}",
            "bidder_id": "F",
            "amount": 100,
            "won": True,
            "batch_id": "x",
        }
        for i in range(2)
    ]
    market = market_of(tenders=pl.DataFrame(tenders), bids=pl.DataFrame(bids))
    row = Build(market).table("base_price_closeness").collect().row(0, named=True)
    assert (row["base_price_meetings_of_winner"], row["base_price_p"]) == (2, 1.0)
