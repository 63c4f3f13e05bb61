from collections.abc import Callable
from inspect import getmembers, isfunction, ismodule
from typing import get_type_hints

import numpy as np
import polars as pl
import pytest

import features.market
from benchmarks import market_runs, nulls
from benchmarks.nulls import NO_P_VALUE, PERCENTILE, Sample, exceeds
from benchmarks.nulls_page import PROBABILITY, page
from features.catalogue import CATALOGUE, Grain
from features.market.outcome import Outcome
from records.discovery import discover

MARKETS, TENDERS, RUNS = 5, 200, 40
DESIGNS = ("normal", "common_shocks")


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return nulls.column_samples(DESIGNS, MARKETS, TENDERS, seed=7)


def test_no_p_value_raises_false_alarms_where_firms_are_equal(samples: list[Sample]) -> None:
    found = nulls.report(samples)
    alarms = found.filter("alarm").select("what", "grain", "design", "share_01", "share_05").rows()

    assert alarms == []
    assert found.filter(pl.col("unit") == PROBABILITY, pl.col("n") > 0).height > 0


def test_every_p_value_of_the_catalogue_is_judged(samples: list[Sample]) -> None:
    judged = {(s.grain, s.what) for s in samples}
    catalogued = {
        (grain.value, name)
        for grain in Grain
        for name, column in CATALOGUE.columns(grain).items()
        if column.unit in (PROBABILITY, PERCENTILE)
    }

    assert {(grain, name) for grain, name in catalogued - judged if name not in NO_P_VALUE} == set()


def test_percentiles_of_normal_bids_are_right_at_both_ends(samples: list[Sample]) -> None:
    own = [s for s in samples if s.unit == PERCENTILE and s.design == "normal" and s.what in _normal_nulls()]

    assert len(own) >= 7
    for sample in own:
        for p in (sample.p, 1 - sample.p):
            assert not exceeds(sample._replace(p=p), 0.05), sample.what


def _normal_nulls() -> set[str]:
    columns = CATALOGUE.columns(Grain.TENDER)
    return {name for name, column in columns.items() if column.source == "simulated: independent normal bids"}


@pytest.mark.slow
def test_no_market_test_raises_false_alarms() -> None:
    found = nulls.report(nulls.market_samples(RUNS, seed=3))

    assert found.filter("alarm")["what"].to_list() == []
    assert found["n"].to_list() == [RUNS] * len(market_runs.RUNS)


def test_every_market_test_is_run() -> None:
    discover(features.market)
    tests = {
        name
        for _, module in getmembers(features.market, ismodule)
        for name, function in getmembers(module, isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and _returns_an_outcome(function)
    }

    assert len(tests) >= 11
    assert {name for name in tests if name not in market_runs.NOT_RUN} <= set(vars(market_runs))


def _returns_an_outcome(function: Callable[..., object]) -> bool:
    made = get_type_hints(function).get("return")
    return isinstance(made, type) and issubclass(made, Outcome)


def test_errors_are_taken_between_markets() -> None:
    rng = np.random.default_rng(1)
    p = np.repeat(rng.uniform(size=20), 500)  # every market has one p-value, five hundred times
    wrong = np.where(rng.uniform(size=10_000) < 0.1, 0.001, rng.uniform(size=10_000))
    market = np.repeat(np.arange(20), 500)

    assert not exceeds(Sample("p", "bid", PROBABILITY, "normal", p, market), 0.05)
    assert exceeds(Sample("p", "bid", PROBABILITY, "normal", wrong, market), 0.05)


def test_discrete_p_values_that_err_on_the_safe_side_pass() -> None:
    coin = np.random.default_rng(2).choice([0.5, 1.0], 5000)

    (row,) = nulls.report([Sample("p", "bid", PROBABILITY, "x", coin, np.arange(5000) % 10)]).rows(named=True)

    assert row["excess"] < 0.03
    assert row["distance"] == pytest.approx(0.5, abs=0.03)
    assert not row["alarm"]


def test_the_page_shows_every_column_and_the_command(samples: list[Sample]) -> None:
    found = nulls.report(samples)

    text = page(found, found.head(0), "python -m benchmarks.nulls")

    assert "python -m benchmarks.nulls" in text
    assert text.count("\n| `") == found.n_unique(["what", "grain"])


def test_false_alarms_are_bold() -> None:
    wrong = Sample("p", "bid", PROBABILITY, "normal", np.full(500, 0.004), np.arange(500) % 5)
    found = nulls.report([wrong, wrong._replace(what="q", p=np.linspace(0, 1, 500))])

    text = page(found, found.head(0), "")

    assert "| `p` | bid | 500 | 0.996 | 0.996 | **100.0 / 100.0** |" in text
    assert "| `q` | bid | 500 | 0.002 | 0.002 | 1.0 / 5.0 |" in text
