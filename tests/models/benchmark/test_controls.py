from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from models.benchmark.controls import after_the_cartel, permuted, pseudo_rings, stratified_auc
from models.benchmark.frames import Floats, Labelled
from models.benchmark.method import Method, Sees, Task
from models.benchmark.report import failed
from models.benchmark.run import methods


def cheat(task: Task) -> Floats:
    """Finds the labels of the test rows where they must not be: in the market itself."""
    (market,) = task.markets.values()
    truth = dict(zip(market.tenders["tender_id"], market.tender_label, strict=True))
    return np.array([float(truth[t]) for t in task.test["tender_id"]])


@pytest.mark.parametrize("control", [permuted, pseudo_rings])
def test_an_honest_method_is_at_chance(simulated: list[Labelled], control: object) -> None:
    logistic = next(m for m in methods() if m.name == "logistic on 7 screens")

    row = control(simulated[0], logistic, 0)  # type: ignore[operator]

    assert row is not None
    assert row[-1] is True


def test_a_leak_is_caught(simulated: list[Labelled]) -> None:
    row = permuted(simulated[0], Method("cheat", cheat, Sees.IDENTITY), 0)

    assert row is not None
    assert row[4] == 1.0
    assert row[-1] is False


def test_a_market_without_dates_has_no_time_after_its_cartel(simulated: list[Labelled]) -> None:
    undated = simulated[0].tenders.with_columns(pl.lit(None, pl.Datetime("us", "UTC")).alias("deadline_at"))
    logistic = next(m for m in methods() if m.name == "logistic on 7 screens")

    assert after_the_cartel(replace(simulated[0], tenders=undated), logistic, 0) is None


def test_failed_controls_are_told() -> None:
    controls = pl.DataFrame({"control": ["a", "b"], "at_chance": [True, False]})

    assert failed(controls)["control"].to_list() == ["b"]


def test_strata_without_both_classes_say_nothing() -> None:
    assert np.isnan(stratified_auc(np.arange(4.0), np.array([1, 1, 0, 0], bool), np.array([0, 0, 1, 1])))
