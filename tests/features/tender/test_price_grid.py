import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tender.price_grid import price_grid


def terms(estimate: float | None = None, ceiling: float | None = None) -> pl.LazyFrame:
    types = {"tender_id": pl.String(), "estimate": pl.Float64(), "ceiling": pl.Float64()}
    return pl.LazyFrame([("T", estimate, ceiling)], schema=types, orient="row")


def grid(*prices: float) -> tuple[float | None, float | None]:
    frame = pl.LazyFrame(
        {"tender_id": ["T"] * len(prices), "price": prices}, schema_overrides={"price": pl.Float64}
    )
    (row,) = price_grid(frame, terms()).select("price_grid", "tie_chance").collect().rows()
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
    assert price_grid(one, terms()).collect().is_empty()
    assert price_grid(one.clear(), terms()).collect().is_empty()


@pytest.mark.parametrize("reference", ["estimate", "ceiling"])
def test_discounts_with_two_decimals_lie_on_a_grid_of_rates(reference: str) -> None:
    base = 485_469.49
    prices = [round(base * (1 - d / 100), 4) for d in (17.31, 18.02, 18.55, 19.4, 20.123456)]
    frame = pl.LazyFrame({"tender_id": ["T"] * 5, "price": prices})
    (step,) = price_grid(frame, terms(**{reference: base})).collect()["price_grid"]
    assert step == pytest.approx(base / 10_000)


def test_prices_that_are_free_lie_on_no_grid_of_rates() -> None:
    prices = [401_234.5678, 402_987.6543, 399_111.2229, 405_555.4321]
    frame = pl.LazyFrame({"tender_id": ["T"] * 4, "price": prices})
    (step,) = price_grid(frame, terms(estimate=485_469.49)).collect()["price_grid"]
    assert step == pytest.approx(0.0001)


def test_whole_units_hide_fine_rates_of_a_small_estimate() -> None:
    prices = [float(round(9_000 * (1 - d / 100))) for d in (1.23, 2.34, 3.45, 4.57)]
    frame = pl.LazyFrame({"tender_id": ["T"] * 4, "price": prices})
    (step,) = price_grid(frame, terms(estimate=9_000.0)).collect()["price_grid"]
    assert step == 1.0
