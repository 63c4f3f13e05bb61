import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from features.build import Build
from features.catalogue import CATALOGUE, Grain
from records.tables import market_of

SCREENS = (
    "bid_cv", "bid_spread", "bid_gap_ratio", "relative_distance", "normalised_distance",
    "alternative_distance", "bid_kurtosis", "bid_skewness", "ks_uniform", "ks_imhof", "step_spread",
    "log_step_spread", "equal_step_exact", "n_equal_bids",
)  # fmt: skip

amounts = st.lists(st.integers(100_00, 10**11), min_size=1, max_size=12)
markets = st.lists(amounts, min_size=1, max_size=40)
"""Many tenders for each build of the whole grain, which takes longer than any one of them."""


def screens(*tenders: list[Any], **terms: Any) -> list[dict[str, Any]]:
    ids = [f"T{i:03}" for i in range(len(tenders))]
    bids = [
        {"bid_id": f"{t}-{i}", "tender_id": t, "bidder_id": f"F{i}", "amount": amount, "batch_id": "x"}
        for t, amounts in zip(ids, tenders, strict=True)
        for i, amount in enumerate(amounts)
    ]
    frame = pl.DataFrame(bids, infer_schema_length=None).with_columns(
        pl.col("amount").cast(pl.Decimal(38, 6))
    )
    listed = pl.DataFrame({"tender_id": ids, "batch_id": "x", **terms})
    built = Build(market_of(tenders=listed, bids=frame)).grain(Grain.TENDER).sort("tender_id").collect()
    return built.to_dicts()


def test_moments_equal_scipy() -> None:
    rng = np.random.default_rng(3)
    tenders = [np.round(np.exp(rng.normal(15, 0.2, n)), 2).tolist() for n in range(4, 80)]
    for bids, row in zip(tenders, screens(*tenders), strict=False):
        assert row["bid_kurtosis"] == pytest.approx(stats.kurtosis(bids, bias=False), rel=1e-9)
        assert row["bid_skewness"] == pytest.approx(stats.skew(bids, bias=False), rel=1e-9)
        assert row["bid_cv"] == pytest.approx(stats.variation(bids, ddof=1), rel=1e-12)
        low, high = min(bids), max(bids)
        even = stats.kstest([(b - low) / (high - low) for b in bids], "uniform").statistic
        assert row["ks_uniform"] == pytest.approx(even, rel=1e-9)


def test_screens_have_their_textbook_values() -> None:
    (row,) = screens([100, 130, 110, 120.5])
    losers_sd = float(np.std([110, 120.5, 130], ddof=1))
    sd = float(np.std([100, 110, 120.5, 130], ddof=1))
    expected = {
        "n_valid": 4, "bid_gap": 10, "bid_gap_ratio": 0.1, "bid_spread": 0.3,
        "relative_distance": 10 / losers_sd, "normalised_distance": 1.0, "alternative_distance": 1.0,
        "step_spread": 0.05, "log_step_spread": 0.1323, "ks_uniform": 0.25,
        "ks_imhof": 130 / sd - 4 / 5, "n_equal_bids": 0, "equal_step_exact": False,
    }  # fmt: skip
    assert {k: row[k] for k in expected} == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("bids", "defined"),
    [
        ([], set()),
        ([100], set()),
        ([100, 110], {"bid_cv", "bid_spread", "bid_gap_ratio", "ks_uniform", "ks_imhof", "n_equal_bids"}),
        ([100, 100], {"bid_cv", "bid_spread", "bid_gap_ratio", "n_equal_bids"}),
        ([100, 100, 100, 100],
         {"bid_cv", "bid_spread", "bid_gap_ratio", "n_equal_bids", "equal_step_exact"}),
        ([100, 110, 110], set(SCREENS) - {"bid_kurtosis", "relative_distance", "alternative_distance"}),
        ([100, 110, 120], set(SCREENS) - {"bid_kurtosis"}),
        ([100, 110, 120, 140], set(SCREENS)),
    ],
)  # fmt: skip
def test_a_screen_is_null_outside_its_domain(bids: list[int], defined: set[str]) -> None:
    row = screens(bids, [1, 2, 3])[0]
    assert {name for name in SCREENS if row[name] is not None} == defined


def test_ties_and_equal_steps_are_exact_to_the_last_unit() -> None:
    big = 9_007_199_254_740_993
    rows = screens(
        [f"{big}.10", f"{big}.11", f"{big}.12"],
        ["0.100001", "0.100001", "0.3"],
        ["0.1", "0.2", "0.3", "0.4"],
        ["0.1", "0.2", "0.300001"],
    )
    assert [(r["n_equal_bids"], r["equal_step_exact"]) for r in rows] == [
        (0, True),
        (2, False),
        (0, True),
        (0, False),
    ]


def test_ratios_need_a_positive_estimate_or_ceiling() -> None:
    rows = screens(
        [97, 98, 99.5],
        [50, 60],
        [80, 90],
        estimate=[100, 0, None],
        ceiling=[100, 0, None],
        currency=["CNY"] * 3,
    )
    assert rows[0]["lowest_to_estimate"] == 0.97
    assert rows[0]["lowest_near_estimate"]
    assert rows[0]["mean_to_estimate"] == pytest.approx(0.98166667)
    assert rows[0]["lowest_to_ceiling"] == 0.97
    assert rows[0]["near_ceiling_share"] == pytest.approx(2 / 3)
    for row in rows[1:]:
        assert row["lowest_near_estimate"] is None
        assert row["lowest_to_estimate"] is row["lowest_to_ceiling"] is row["near_ceiling_share"] is None


@settings(max_examples=5)
@given(markets, st.randoms())
def test_order_does_not_matter(tenders: list[list[int]], random: Any) -> None:
    found = screens(*tenders, *(random.sample(bids, len(bids)) for bids in tenders))
    for first, second in zip(found[: len(tenders)], found[len(tenders) :], strict=True):
        assert {k: first[k] for k in SCREENS} == {k: second[k] for k in SCREENS}


@settings(max_examples=5)
@given(markets, st.integers(2, 10_000))
def test_currency_units_do_not_matter(tenders: list[list[int]], factor: int) -> None:
    found = screens(*tenders, *([b * factor for b in bids] for bids in tenders))
    for small, large in zip(found[: len(tenders)], found[len(tenders) :], strict=True):
        for name in SCREENS:
            if small[name] is None:
                assert large[name] is None
            else:
                assert large[name] == pytest.approx(small[name], rel=1e-6, abs=1e-9), name


@settings(max_examples=5)
@given(markets)
def test_nothing_is_infinite_or_not_a_number(tenders: list[list[int]]) -> None:
    for row in screens(*tenders):
        numbers = [v for k, v in row.items() if k in CATALOGUE.columns(Grain.TENDER) and isinstance(v, float)]
        assert all(math.isfinite(v) for v in numbers)


@pytest.mark.parametrize(
    ("bids", "expected"), [([10, 99], True), ([10, 100], None), ([10, 11, 4000], None), ([10], True)]
)
def test_unit_prices_among_totals_are_told_by_their_size(bids: list[int], expected: bool | None) -> None:
    assert screens(bids)[0]["one_scale"] is expected
