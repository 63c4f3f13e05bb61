from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

START = datetime(2024, 1, 10, tzinfo=UTC)


def plans(*prices: float, every: int = 20, **more: Any) -> pl.DataFrame:
    rows = [
        {"tender_id": f"T{i}", "buyer_id": "B", "category": "goods", "currency": "CNY", "estimate": p,
         "deadline_at": START + timedelta(days=every * i), "procurement_method": "limited",
         "batch_id": "x"} | more
        for i, p in enumerate(prices)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"procurement_method": pl.String})


def last(tenders: pl.DataFrame) -> dict[str, Any]:
    frame = Build(market_of(tenders=tenders)).grain(Grain.TENDER).collect()
    return frame.sort("deadline_at", "tender_id").row(-1, named=True)


def test_plans_of_a_year_add_up() -> None:
    row = last(plans(300.10, 200.20, 100.30))
    assert (row["like_plans"], row["like_plans_sum"], row["like_plans_largest"]) == (3, 600.60, 300.10)
    assert row["planned_price"] == 100.30
    spaced = last(plans(300, 200, 100, every=200))
    assert (spaced["like_plans"], spaced["like_plans_sum"]) == (2, 300)
    assert (spaced["like_plans_of_year"], spaced["like_plans_of_year_largest"]) == (1, 100)


def test_the_fiscal_year_begins_in_january_in_china() -> None:
    tenders = plans(300, 200).with_columns(
        deadline_at=pl.Series(
            [datetime(2024, 12, 31, 15, tzinfo=UTC), datetime(2024, 12, 31, 17, tzinfo=UTC)]
        )
    )
    row = last(tenders)
    assert (row["like_plans"], row["like_plans_of_year"], row["like_plans_of_year_sum"]) == (2, 1, 200)


@pytest.mark.parametrize(
    "change",
    [{"procurement_method": "open"}, {"category": None}, {"buyer_id": None}, {"estimate": None}],
    ids=str,
)
def test_what_is_openly_tendered_or_unknown_has_no_like(change: dict[str, Any]) -> None:
    types = {"category": pl.String, "buyer_id": pl.String, "estimate": pl.Float64}
    tenders = pl.DataFrame(plans(100).to_dicts()[0] | change, schema_overrides=types)
    assert last(tenders)["like_plans"] is None


def test_what_has_the_same_deadline_does_not_count() -> None:
    row = last(plans(100, 100, 100, every=0))
    assert (row["like_plans"], row["plans_just_below"]) == (1, 0)


def test_neighbours_in_price() -> None:
    row = last(plans(89.9, 90, 95, 100, 100.1, 111.1, 111.2, 100))
    assert (row["plans_just_below"], row["plans_just_above"]) == (3, 2)
    assert row["plans_below_p"] == pytest.approx(0.5)
    assert last(plans(50, 100))["plans_below_p"] is None


def test_what_the_law_puts_to_open_tender_counts_above() -> None:
    said = ["limited"] * 9 + ["open"] * 9 + ["limited"]
    prices = plans(*[955_000] * 9, *[1_020_000] * 9, 955_000, every=10)
    row = last(prices.with_columns(procurement_method=pl.Series(said)))
    assert (row["plans_just_below"], row["plans_just_above"]) == (9, 9)
    assert row["plans_below_p"] == pytest.approx(binom.sf(8, 18, 0.5))
    assert (row["like_plans"], row["like_plans_largest"]) == (10, 955_000)


def test_other_buyers_categories_and_currencies_do_not_count() -> None:
    rows = pl.concat([plans(100, 100, 100, buyer_id="C"), plans(100, category="works"), plans(100)])
    ids = pl.Series("tender_id", [f"U{i}" for i in range(rows.height)])
    row = last(rows.with_columns(ids, deadline_at=pl.lit(START) + pl.duration(days=pl.int_range(pl.len()))))
    assert (row["like_plans"], row["plans_just_below"]) == (1, 0)


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("works", "works"),
        ("市政工程施工", "works"),
        ("工程监理", "services"),
        ("货物", "goods"),
        ("其他", None),
    ],
)
def test_what_is_bought(category: str, kind: str | None) -> None:
    assert last(plans(100, category=category))["purchase_kind"] == kind


def test_smooth_prices_seldom_look_gathered() -> None:
    rng = np.random.default_rng(5)
    days = np.sort(rng.integers(0, 300, 4000))
    tenders = pl.DataFrame(
        {"tender_id": [f"T{i}" for i in range(4000)], "buyer_id": [f"B{i % 40}" for i in range(4000)],
         "category": "goods", "currency": "CNY", "estimate": np.exp(rng.uniform(0, 1.5, 4000)) * 1e6,
         "deadline_at": [START + timedelta(days=int(d)) for d in days], "batch_id": "x"}
    )  # fmt: skip
    p = Build(market_of(tenders=tenders)).table("plans_near").select("plans_below_p").collect().to_series()
    p = p.drop_nulls()
    assert p.len() > 2000
    for level in (0.001, 0.01, 0.05):
        assert (p <= level).sum() <= binom.ppf(0.9999, p.len(), level)
