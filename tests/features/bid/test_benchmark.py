from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.bid.benchmark import nearest_other
from features.build import Build
from features.catalogue import Grain
from features.segments import Segments
from records.tables import market_of

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
OWN = ("benchmark_without", "benchmark_shift", "supports_nearest", "changes_nearest", "deviation_in_mads",
       "benchmark_side_rank", "benchmark_distance")  # fmt: skip


def positions(
    prices: Sequence[float], mechanism: str | None = "mean_benchmark", **terms: Any
) -> list[dict[str, Any]]:
    tender = {
        "tender_id": ["T"],
        "mechanism": [mechanism],
        "batch_id": ["x"],
        **{k: [v] for k, v in terms.items()},
    }
    bids = {
        "bid_id": [f"b{i:02}" for i in range(len(prices))],
        "tender_id": "T",
        "bidder_id": [f"F{i:02}" for i in range(len(prices))],
        "amount": prices,
        "batch_id": "x",
    }
    market = market_of(tenders=pl.DataFrame(tender), bids=pl.DataFrame(bids))
    return Build(market).grain(Grain.BID).sort("bid_id").collect().to_dicts()


def test_the_mean_is_the_benchmark_where_none_is_recorded() -> None:
    rows = positions([90.0, 100.0, 104.0, 106.0, 150.0])
    assert {row["benchmark"] for row in rows} == {110.0}
    assert [row["benchmark_side_rank"] for row in rows] == [-4, -3, -2, -1, 1]
    assert rows[4]["benchmark_without"] == 100.0
    assert rows[4]["benchmark_shift"] == pytest.approx(0.1)
    assert rows[4]["benchmark_distance"] == pytest.approx(40 / 110)


def test_a_support_bid_pulls_the_benchmark_towards_an_ally() -> None:
    rows = positions([100.0, 101.0, 102.0, 111.0, 145.0])
    support = rows[4]
    assert support["supports_nearest"]
    assert support["changes_nearest"]
    assert support["deviation_in_mads"] > 3
    assert not any(row["deviation_in_mads"] > 10 for row in rows[:4])


@pytest.mark.parametrize("mechanism", ["lowest", "scored", "fixed", "lottery", "auction", "rate", None])
def test_null_under_every_other_mechanism(mechanism: str | None) -> None:
    rows = positions([90.0, 100.0, 104.0, 106.0, 150.0], mechanism)
    assert all(row[name] is None for row in rows for name in (*OWN, "benchmark", "low_tail_step"))


@pytest.mark.parametrize(
    ("prices", "known"),
    [([100.0], {"benchmark_side_rank", "benchmark_distance"}),
     ([100.0, 110.0], {"benchmark_side_rank", "benchmark_distance"}),
     ([100.0, 100.0, 100.0], set(OWN) - {"deviation_in_mads"})],
)  # fmt: skip
def test_domains(prices: list[float], known: set[str]) -> None:
    assert {name for name in OWN if positions(prices)[0][name] is not None} == known


def test_detail_that_cannot_be_read_leaves_the_mean() -> None:
    rows = positions([90.0, 100.0, 110.0], mechanism_detail="合理低价法")
    assert {(row["benchmark"], row["benchmark_recorded"]) for row in rows} == {(100.0, False)}


def test_a_formula_whose_ceiling_is_unknown_says_nothing_of_other_fields() -> None:
    detail = '{"ceiling_weight":0.4,"benchmark":101.0}'
    rows = positions([90.0, 100.0, 110.0], mechanism_detail=detail)
    assert [(row["benchmark"], row["benchmark_without"], row["changes_nearest"]) for row in rows] == [
        (101.0, None, None)
    ] * 3


def by_formula(prices: list[float], ceiling: float, weight: float, cut: float, trim_from: int) -> float:
    kept = sorted(prices)[1:-1] if len(prices) >= trim_from else prices
    return (weight * ceiling + (1 - weight) * float(np.mean(kept))) * (1 - cut)


def test_recorded_formula_and_drawn_coefficient_carry_over_to_the_field_without_a_bid() -> None:
    tenders, bids = (pl.read_parquet(SAMPLE / f"{name}.parquet") for name in ("tenders", "bids"))
    averaged = tenders.filter(pl.col("mechanism") == "mean_benchmark", pl.col("ceiling").is_not_null())
    some = averaged.unique("tender_id").sort("tender_id").head(40)
    market = market_of(tenders=some, bids=bids.join(some, on="tender_id", how="semi").unique("bid_id"))
    rows = Build(market).grain(Grain.BID).filter(pl.col("price").is_not_null()).collect()
    detail = pl.Struct({"ceiling_weight": pl.Float64, "cut": pl.Float64, "trim_from": pl.Int64})
    decoded = rows.with_columns(pl.col("mechanism_detail").str.json_decode(detail)).unnest("mechanism_detail")
    checked = 0
    for tender in decoded.partition_by("tender_id"):
        terms = tender.select(pl.col("ceiling").cast(pl.Float64), "ceiling_weight", "cut", "trim_from").row(0)
        prices, recorded = tender["price"].to_list(), tender["benchmark"][0]
        if abs(by_formula(prices, *terms) / recorded - 1) > 1e-6:  # a price is not on record in the sample
            continue
        checked += 1
        for i, found in enumerate(tender["benchmark_without"].to_list()):
            expected = by_formula(prices[:i] + prices[i + 1 :], *terms)
            assert found == pytest.approx(expected, rel=1e-6)
    assert checked >= 35


def test_the_nearest_other_price_agrees_with_a_search() -> None:
    rng = np.random.default_rng(0)
    n = rng.integers(2, 9, 50)
    cut = Segments(n)
    price = np.concatenate([np.sort(rng.integers(1, 20, k)) for k in n]).astype(np.float64)
    target = (rng.integers(0, 22, price.size) + 0.25).astype(np.float64)
    found = nearest_other(price, cut, target)
    for start, size in zip(cut.start, n, strict=True):
        for i in range(start, start + size):
            others = np.delete(price[start : start + size], i - start)
            assert found[i] == others[np.argmin(np.abs(others - target[i]))]
