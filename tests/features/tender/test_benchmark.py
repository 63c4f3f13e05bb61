import polars as pl
import pytest

from features.tender.benchmark import benchmark_shape


def shape(prices: list[float], benchmark: float = 100.0) -> dict[str, float | None]:
    bids = {"tender_id": "T", "price": prices, "benchmark": benchmark, "benchmark_recorded": True}
    (row,) = benchmark_shape(pl.LazyFrame(bids)).collect().to_dicts()
    return row


def test_even_bids_crowd_at_no_end() -> None:
    row = shape([float(p) for p in range(90, 120)])
    assert (row["low_tail_step"], row["high_tail_step"]) == (1.0, 1.0)
    assert row["above_benchmark_share"] == pytest.approx(19 / 30)


def test_a_group_at_one_tail_shows_there_only() -> None:
    row = shape([120.2, 90.0, 95.0, 100.0, 105.0, 120.0, 120.1, 120.3])
    assert row["high_tail_step"] is not None
    assert row["low_tail_step"] is not None
    assert row["high_tail_step"] < 0.05 < 1 < row["low_tail_step"]


@pytest.mark.parametrize("prices", [[100.0], [90.0, 91.0, 99.0, 100.0], [100.0] * 6])
def test_tails_of_few_or_equal_bids_are_unknown(prices: list[float]) -> None:
    row = shape(prices)
    assert row["low_tail_step"] is None
    assert row["high_tail_step"] is None
    assert row["benchmark_recorded"]
