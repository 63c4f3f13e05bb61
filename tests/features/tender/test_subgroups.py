from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from features.tender.subgroups import CAP, COLUMNS, subgroup_screens, subsets

amounts = st.lists(st.integers(10_000, 10**9), min_size=4, max_size=8)


def screened(*tenders: Sequence[float]) -> list[dict[str, Any]]:
    prices = pl.LazyFrame(
        {
            "tender_id": [f"T{i:03}" for i, t in enumerate(tenders) for _ in t],
            "price": [float(p) for t in tenders for p in t],
        },
        schema={"tender_id": pl.String, "price": pl.Float64},
    )
    return subgroup_screens(prices).sort("tender_id").collect().to_dicts()


def by_hand(bids: Sequence[float], size: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for chosen in combinations(sorted(bids), size):
        b = np.array(chosen, dtype=np.float64)
        gap, span, losers = b[1] - b[0], b[-1] - b[0], b[-1] - b[1]
        made = {"cv": stats.variation(b, ddof=1), "spread": span / b[0], "gap_ratio": gap / b[0]}
        if losers > 0:
            made["relative_distance"] = gap / np.std(b[1:], ddof=1)
            made["alternative_distance"] = (size - 2) * gap / losers
        if span > 0:
            made["normalised_distance"] = (size - 1) * gap / span
            made["ks"] = stats.kstest((b - b[0]) / span, "uniform").statistic
            with np.errstate(all="ignore"):
                made["skewness"] = stats.skew((b - b[0]) / span, bias=False)
                if size > 3:
                    made["kurtosis"] = stats.kurtosis((b - b[0]) / span, bias=False)
        for name, value in made.items():
            found.setdefault(name, []).append(float(value))
    return found


@pytest.mark.parametrize("bids", [[100, 110, 120, 140], [100, 100, 100, 130, 90], [7, 9, 8, 15, 11, 8, 20]])
def test_agrees_with_every_subset_by_hand(bids: list[float]) -> None:
    (row,) = screened(bids)
    statistics: dict[str, Callable[[list[float]], Any]] = {
        "mean": np.mean, "median": np.median, "min": min, "max": max,
    }  # fmt: skip
    seen = {"tender_id"}
    for size in (3, 4):
        for screen, values in by_hand(bids, size).items():
            for name, of in statistics.items():
                column = f"subset{size}_{screen}_{name}"
                seen.add(column)
                assert row[column] == pytest.approx(float(of(values)), rel=1e-5, abs=1e-6), column
    assert seen == set(row)


def test_what_no_subset_defines_is_null() -> None:
    (row,) = screened([100, 100, 100, 100])
    assert row["subset3_cv_max"] == row["subset4_gap_ratio_mean"] == 0
    assert all(row[f"subset{k}_{s}_min"] is None for k in (3, 4) for s in ("relative_distance", "ks"))


def test_fewer_than_four_bids_have_no_row() -> None:
    assert screened([1, 2, 3], [5]) == []
    assert [r["tender_id"] for r in screened([1, 2, 3], [1, 2, 3, 4])] == ["T001"]


def test_an_even_ring_inside_a_field_shows_in_the_smallest() -> None:
    alone, hidden = screened([100, 120, 123, 130, 150], [100, 110, 110.1, 110.2, 150])
    assert hidden["subset3_cv_min"] < alone["subset3_cv_min"] / 10


@settings(max_examples=20)
@given(amounts, st.randoms(), st.integers(2, 1000))
def test_neither_order_nor_currency_units_nor_company_matter(
    bids: list[int], random: Any, factor: int
) -> None:
    (first,) = screened(bids)
    _, shuffled, scaled = screened(
        [5, 6, 7, 8, 9], random.sample(bids, len(bids)), [b * factor for b in bids]
    )
    for name in COLUMNS:
        assert first[name] == shuffled[name], name
        if first[name] is None:
            assert scaled[name] is None, name
        else:
            assert scaled[name] == pytest.approx(first[name], rel=1e-4, abs=1e-4), name


def test_large_fields_are_sampled_by_rank() -> None:
    assert subsets(12, 4).shape == (4, 495)
    drawn = subsets(13, 4)
    assert drawn.shape == (4, CAP)
    assert np.unique(drawn.T, axis=0).shape == (CAP, 4)
    assert (np.diff(drawn, axis=0) > 0).all()
    assert drawn.min() == 0
    assert drawn.max() == 12
    many = np.random.default_rng(0).normal(100, 5, 40)
    first, other = screened(many.tolist(), many[::-1].tolist())
    assert {**first, "tender_id": ""} == {**other, "tender_id": ""}


def test_a_sample_stands_for_all() -> None:
    bids = np.random.default_rng(2).normal(1000, 50, 13)
    (row,) = screened(bids.tolist())
    exact = by_hand(bids.tolist(), 4)
    for screen in ("cv", "skewness", "ks", "normalised_distance"):
        error = np.std(exact[screen]) / CAP**0.5
        assert row[f"subset4_{screen}_mean"] == pytest.approx(np.mean(exact[screen]), abs=4 * error)
