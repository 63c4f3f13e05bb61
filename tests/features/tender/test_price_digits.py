from typing import Any

import numpy as np
import polars as pl
import pytest

from features.tender.price_digits import price_digits


def digits(*tenders: list[float]) -> list[dict[str, Any]]:
    prices = {
        "tender_id": [f"T{i:05}" for i, t in enumerate(tenders) for _ in t],
        "price": [float(p) for t in tenders for p in t],
    }
    return price_digits(pl.LazyFrame(prices)).sort("tender_id").collect().to_dicts()


def test_three_endings_of_five_prove_that_prices_are_no_accident() -> None:
    (row,) = digits([1_200_388, 1_234_388, 1_251_388, 1_260_417, 1_270_532])
    assert row["shared_ending_bids"] == 3
    assert row["shared_ending_p"] < 1e-4


@pytest.mark.parametrize(
    "bids",
    [
        [1_200_000, 1_234_000, 1_251_000, 1_260_417, 1_270_532],  # round by habit
        [1_200_388, 1_200_388, 1_200_388, 1_260_417, 1_270_532],  # equal totals are another rule's
        [1_200_123, 1_234_456, 1_251_789, 1_260_417, 1_270_532],
    ],
)
def test_zeros_and_equal_totals_are_no_shared_ending(bids: list[float]) -> None:
    (row,) = digits(bids)
    assert row["shared_ending_bids"] == 1
    assert row["shared_ending_p"] == 1


def test_zeros_that_all_bids_end_in_do_not_count() -> None:
    cents, thousands = digits(
        [12_003.88, 12_343.88, 12_513.88], [12_003_880_000, 12_343_880_000, 12_513_880_000]
    )
    assert cents["shared_ending_bids"] == thousands["shared_ending_bids"] == 3
    assert cents["shared_ending_p"] == thousands["shared_ending_p"]


@pytest.mark.parametrize(
    ("bid", "is_round"), [(1_000_000, 1), (25_000, 1), (2_500, 0), (120_300, 0), (99_999.99, 0), (0.5, 0)]
)
def test_round_totals_have_more_zeros_than_other_digits(bid: float, is_round: int) -> None:
    assert digits([bid])[0]["round_bid_share"] == is_round


def test_multiples_of_a_thousand_among_the_others() -> None:
    (row,) = digits([1_000_000, 1_234_000, 1_251_417])
    assert row["thousands_loser_share"] == 0.5


@pytest.mark.parametrize("bids", [[1e13, 2e13], [0.00001, 5.0]])
def test_totals_that_floating_point_cannot_count_are_unknown(bids: list[float]) -> None:
    (row,) = digits(bids)
    assert {value for name, value in row.items() if name != "tender_id"} == {None}


def test_one_bid_has_no_company() -> None:
    (row,) = digits([1_234_567])
    assert (row["round_bid_share"], row["shared_ending_p"], row["thousands_loser_share"]) == (0, None, None)


@pytest.mark.parametrize(("n", "spread"), [(5, 50_000), (20, 50_000), (20, 2_000)])
def test_chances_are_no_smaller_than_uniform_among_independent_bids(n: int, spread: float) -> None:
    rng = np.random.default_rng(n)
    bids = np.rint(rng.normal(1_000_000, spread, (4000, n))).tolist()
    p = np.array([row["shared_ending_p"] for row in digits(*bids)])
    for level in (0.01, 0.05):
        slack = 3 * np.sqrt(level * (1 - level) / p.size)
        assert (p <= level).mean() <= level + slack
