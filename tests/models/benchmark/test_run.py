from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.benchmark.columns import CONTEXT, HABITS, NEAR
from models.benchmark.frames import Labelled, Unit, labelled
from models.benchmark.method import METHODS, Method, Sees, Task
from models.benchmark.run import Job, judge, methods, run
from models.benchmark.splits import Protocol, splits
from records.store import Store

CHEAP = ("best single screen", "number of bids", "neighbour vote")


def cheap() -> list[Method]:
    return [m for m in methods() if m.name in CHEAP]


def named(name: str) -> Method:
    return next(m for m in methods() if m.name == name)


def garcia(folder: Path, file: Path) -> Labelled:
    store = Store.open_or_create(folder / "market")
    store.import_("garcia2022", file)
    made = labelled("market", store.market())
    assert made is not None
    return made


def mean(results: pl.DataFrame, metric: str) -> float:
    value = results.filter(metric=metric)["value"].item()
    assert isinstance(value, float)
    return value


def test_a_run_is_the_same_for_a_seed(simulated: list[Labelled]) -> None:
    first, again = (run(simulated[:1], [Protocol.GROUPED], cheap(), resamples=5, jobs=1) for _ in range(2))

    assert set(first["method"]) == set(CHEAP)
    assert_frame_equal(first, again)


def test_prevalence_orders_nothing(simulated: list[Labelled]) -> None:
    found = run(simulated[:1], [Protocol.GROUPED], [named("prevalence")], resamples=0, jobs=1)

    assert mean(found, "roc_auc") == 0.5
    assert mean(found, "balanced_accuracy") == 0.5
    assert mean(found, "lift") == pytest.approx(1.0)


def test_firm_memory_knows_nothing_about_unseen_firms(simulated: list[Labelled]) -> None:
    found = run(simulated, [Protocol.DISJOINT], [named("firm memory")], resamples=0, jobs=1)

    assert set(found.filter(metric="roc_auc")["value"]) == {0.5}


@pytest.mark.parametrize(
    ("protocol", "barred"),
    [
        (Protocol.DISJOINT, {*CONTEXT}),
        (Protocol.TRANSFER, {*CONTEXT}),
        (Protocol.TEMPORAL, {*CONTEXT, *NEAR, *HABITS}),
    ],
)
def test_a_candidate_is_given_neither_identity_nor_date(
    simulated: list[Labelled], protocol: Protocol, barred: set[str]
) -> None:
    given: list[Task] = []

    def look(task: Task) -> np.ndarray:
        given.append(task)
        return np.zeros(task.test.height)

    spy = Method("spy", look, Sees.NOTHING, candidate=True, threshold=0.5)
    unit = Unit.BID if protocol == Protocol.DISJOINT else Unit.TENDER
    split = splits(protocol, simulated[0], simulated, unit)[0]
    judge(Job(protocol, unit, simulated[0], spy), split, simulated, 0)

    identity = {"bidder_id", "bidders", "cluster", "deadline_at", "closed_at", "label", "label_known"}
    for frame in (given[0].train, given[0].test):
        assert not set(frame.columns) & (identity | barred)


def test_no_frame_holds_a_label(simulated: list[Labelled]) -> None:
    assert all("label" not in m.tenders.columns and "label" not in m.bids.columns for m in simulated)


def test_scales_of_a_market_do_not_depend_on_its_labels(simulated: list[Labelled]) -> None:
    turned = replace(simulated[0], tender_label=~simulated[0].tender_label)
    logistic = named("logistic")
    (split,) = splits(Protocol.TRANSFER, simulated[0], simulated, Unit.TENDER)

    plain, other = (
        judge(Job(Protocol.TRANSFER, Unit.TENDER, m, logistic), split, [m, simulated[1]], 0)
        for m in (simulated[0], turned)
    )

    assert plain is not None
    assert other is not None
    np.testing.assert_array_equal(plain.score, other.score)


def test_every_baseline_of_the_issue_is_there() -> None:
    wanted = {
        "prevalence", "number of bids", "date only", "best single screen",
        "logistic on 7 screens", "forest on 11",
        "firm memory", "neighbour vote", "Cardinal flags", "García ExtraTrees", "García RandomForest",
    }  # fmt: skip

    assert wanted <= set(METHODS)


def test_firm_memory_remembers_all_of_the_ohio_ring(real_file: Callable[[str], Path], tmp_path: Path) -> None:
    market = garcia(tmp_path, real_file("garcia-2022/DB_Collusion_America_processed.csv"))

    found = run([market], [Protocol.GROUPED], [named("firm memory")], resamples=0, jobs=1)

    assert mean(found, "roc_auc") > 0.98


def test_garcia_forest_in_brazil_reaches_what_it_did(
    real_file: Callable[[str], Path], tmp_path: Path
) -> None:
    market = garcia(tmp_path, real_file("garcia-2022/DB_Collusion_Brazil_processed.csv"))

    found = run([market], [Protocol.GROUPED], [named("García ExtraTrees")], resamples=0, jobs=1)

    assert 0.75 < mean(found, "balanced_accuracy") < 0.93
