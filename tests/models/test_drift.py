from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from models.drift import DRIFT, FEWEST, drift, hit_columns, index


def market(months: int = 18, each: int = 120, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    n = months * each
    at = [datetime(2020 + m // 12, m % 12 + 1, 5, tzinfo=UTC) for m in range(months) for _ in range(each)]
    return pl.DataFrame(
        {
            "tender_id": [f"T{i}" for i in range(n)],
            "deadline_at": at,
            "calm": rng.normal(size=n),
            "moving": rng.normal(size=n) + np.where(np.arange(n) >= (months - 1) * each, 1.0, 0.0),
            "hit Q02": rng.random(n) < np.where(np.arange(n) >= (months - 1) * each, 0.5, 0.1),
        }
    )


def test_the_month_that_moved_is_named_and_no_other() -> None:
    found = drift(market(), ["calm", "moving", "hit Q02"])

    assert found.schema == DRIFT
    last = datetime(2021, 6, 1).date()
    assert set(found.filter("moved").select("column", "month").rows()) == {
        ("moving", last),
        ("hit Q02", last),
    }
    row = found.filter(column="hit Q02", month=last).row(0, named=True)
    assert row["median"] == pytest.approx(0.5, abs=0.12)
    assert row["reference_n"] == 12 * 120


@pytest.mark.parametrize("n", [40, 150])
def test_without_change_p_values_are_close_to_uniform(n: int) -> None:
    rng = np.random.default_rng(1)

    p = np.array([index(rng.random(1200), rng.random(n))[1] for _ in range(600)])

    assert np.mean(p <= 0.005) <= 0.015
    assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.08)


def test_a_column_that_is_no_longer_recorded_is_drift_of_its_own() -> None:
    gone = market().with_columns(
        pl.when(pl.col("deadline_at") < datetime(2021, 6, 1, tzinfo=UTC)).then("calm").alias("calm")
    )

    found = drift(gone, ["calm"])

    moved = found.filter("moved").select("column", "median", "reference_median").rows()
    assert moved == [("calm is known", 0.0, 1.0)]


def test_thin_months_and_undated_tenders_are_left_out() -> None:
    thin = market(each=FEWEST - 1)
    undated = market().with_columns(deadline_at=pl.lit(None, pl.Datetime("us", "UTC")))

    assert drift(thin, ["calm"]).is_empty()
    assert drift(undated, ["calm"]).schema == DRIFT


def test_rules_become_columns_of_tenders() -> None:
    tenders = pl.DataFrame({"tender_id": ["A", "B"]})
    hits = pl.DataFrame({"tender_id": ["A", "A", "A"], "rule_id": ["Q02", "Q02", "E01"]})

    assert hit_columns(hits, tenders).rows() == [("A", True, True), ("B", False, False)]
    assert hit_columns(hits.clear(), tenders).columns == ["tender_id"]
