import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tender.price_grid import price_grid


def grid(*prices: float) -> tuple[float | None, float | None]:
    frame = pl.LazyFrame(
        {"tender_id": ["T"] * len(prices), "price": prices}, schema_overrides={"price": pl.Float64}
    )
    (row,) = price_grid(frame).select("price_grid", "tie_chance").collect().rows()
    return row


@given(st.lists(st.integers(1, 10**9), min_size=2, max_size=8))
def test_the_grid_is_the_greatest_common_divisor(fen: list[int]) -> None:
    found, chance = grid(*(f / 100 for f in fen))
    assert found == pytest.approx(math.gcd(*fen) / 100)
    assert chance is None if len(set(fen)) == 1 else chance is not None and 0 < chance <= 1


@pytest.mark.parametrize(
    ("prices", "chance"),
    [
        ((100.0, 100.0), None),
        ((100.0, 200.0), 1.0),
        ((1_000.01, 1_100.01), 1 / 10_000),
        ((1_000.01, 1_000.01, 1_100.01), 3 / 10_000),
    ],
)
def test_chance_is_pairs_over_places(prices: tuple[float, ...], chance: float | None) -> None:
    assert grid(*prices)[1] == (chance and pytest.approx(chance))


def test_totals_beyond_whole_floats_have_no_grid() -> None:
    assert grid(1e18, 2e18) == (None, None)
    assert grid(1e11, 2e11) == (1e11, 1.0)


def test_one_bid_has_no_grid() -> None:
    one = pl.LazyFrame({"tender_id": ["T"], "price": [5.0]})
    assert price_grid(one).collect().is_empty()
    assert price_grid(one.clear()).collect().is_empty()
