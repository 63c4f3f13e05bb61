from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom, hypergeom

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

DEADLINE = datetime(2024, 5, 1, tzinfo=UTC)


def judged(*bids: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {"bid_id": f"b{i}", "tender_id": "T", "bidder_id": f"F{i}", "status": "valid", "batch_id": "x"} | b
        for i, b in enumerate(bids)
    ]
    tenders = pl.DataFrame({"tender_id": ["T"], "deadline_at": [DEADLINE], "batch_id": ["x"]})
    market = market_of(tenders=tenders, bids=pl.DataFrame(rows, infer_schema_length=None))
    return Build(market).grain(Grain.TENDER).collect().row(0, named=True)


OUT = {"status": "disqualified"}


def test_refused_bids_are_counted() -> None:
    row = judged(OUT | {"status_reason": "a"}, OUT | {"status_reason": "a"}, {"status": "withdrawn"}, {})
    assert (row["n_disqualified"], row["disqualified_share"], row["n_withdrawn"]) == (2, 0.5, 1)
    assert (row["only_one_admitted"], row["same_reason_share"]) == (False, 1.0)


def test_all_but_one_refused() -> None:
    assert judged(OUT, OUT, {})["only_one_admitted"] is True
    assert judged(OUT, OUT, {"status": "withdrawn"})["only_one_admitted"] is False
    assert judged({})["only_one_admitted"] is None


@pytest.mark.parametrize("column", ["n_disqualified", "only_one_admitted", "n_rejected_lower"])
def test_an_unknown_status_leaves_everything_open(column: str) -> None:
    assert judged(OUT, {"status": None}, {"amount": 5})[column] is None


def test_lower_bids_that_were_refused() -> None:
    row = judged(OUT | {"amount": 90}, {"amount": 100}, {"amount": 110}, OUT | {"amount": 105})
    assert (row["n_rejected_lower"], row["lowest_rejected"]) == (1, True)
    assert judged(OUT | {"amount": 100}, {"amount": 100})["lowest_rejected"] is False


def test_a_bid_that_names_no_currency_is_in_the_one_that_others_name() -> None:
    row = judged(OUT | {"amount": 90}, {"amount": 100, "currency": "CNY"})
    assert (row["n_rejected_lower"], row["lowest_rejected"]) == (1, True)


def test_refused_bids_without_a_price_cannot_be_compared() -> None:
    assert judged(OUT, {"amount": 100})["n_rejected_lower"] is None


@pytest.mark.parametrize(("refused", "expected"), [(10, None), (10.01, 1)])
def test_a_tenth_of_the_lowest_admitted_bid_is_no_price_of_the_same_thing(
    refused: float, expected: int | None
) -> None:
    row = judged(OUT | {"amount": refused}, {"amount": 100}, {"amount": 110})
    assert (row["n_rejected_lower"], row["n_disqualified"]) == (expected, 1)


def test_currencies_are_not_mixed() -> None:
    row = judged(OUT | {"amount": 1, "currency": "USD"}, {"amount": 100, "currency": "CNY"})
    assert row["n_rejected_lower"] is None


@pytest.mark.parametrize(("late", "expected"), [(timedelta(0), 0), (timedelta(seconds=1), 1)])
def test_late_bids_that_were_admitted(late: timedelta, expected: int) -> None:
    row = judged({"submitted_at": DEADLINE + late}, OUT | {"submitted_at": DEADLINE + timedelta(days=1)})
    assert row["n_late_accepted"] == expected


def test_without_times_of_arrival_nobody_knows() -> None:
    assert judged({"submitted_at": DEADLINE}, {})["n_late_accepted"] is None


def test_the_chance_that_refusals_fall_on_the_lowest_bids() -> None:
    row = judged(*(OUT | {"amount": a} for a in (80, 90, 130)), *({"amount": a} for a in (100, 110, 120)))
    assert row["refused_lowest_p"] == pytest.approx(hypergeom.pmf(2, 6, 2, 3))
    assert judged(OUT | {"amount": 120}, {"amount": 100})["refused_lowest_p"] == 1.0
    assert judged({"amount": 120}, {"amount": 100})["refused_lowest_p"] is None
    assert judged(OUT, {"amount": 100})["refused_lowest_p"] is None


def test_refusals_that_know_nothing_of_prices_are_seldom_called_selective() -> None:
    rng = np.random.default_rng(3)
    rows = [
        {"bid_id": f"{t}-{i}", "tender_id": f"T{t}", "bidder_id": f"F{i}", "amount": int(a), "batch_id": "x",
         "status": "disqualified" if out else "valid"}
        for t in range(3000)
        for n in [int(rng.integers(2, 13))]
        for i, (a, out) in enumerate(
            zip(rng.permutation(n) + 100, rng.permutation(n) < rng.integers(1, n), strict=True)
        )
    ]  # fmt: skip
    tenders = pl.DataFrame({"tender_id": [f"T{t}" for t in range(3000)], "batch_id": "x"})
    market = market_of(tenders=tenders, bids=pl.DataFrame(rows))
    p = Build(market).table("rejections").select("refused_lowest_p").collect().to_series().drop_nulls()
    assert p.len() > 2500
    for level in (0.001, 0.01, 0.05, 0.2):
        assert (p <= level + 1e-12).sum() <= binom.ppf(0.9999, p.len(), level)


def test_how_late_the_least_late_bid_was() -> None:
    late = [{"submitted_at": DEADLINE + timedelta(minutes=m)} for m in (-5, 0.9, 30, 90)]
    assert judged(*late)["least_minutes_late"] == 30
    assert judged(*late)["n_late_accepted"] == 3
    assert judged(*late[:2])["least_minutes_late"] is None
