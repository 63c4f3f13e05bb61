import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from msgspec import structs

from cases.database import address, opened, writing
from cases.operations import retention
from cases.operations.retention import prune
from cases.tables import Alert
from detect.kept import latest, save, selections
from detect.rule import all_rules
from detect.score import score
from records.lists import Entry, add
from records.store import Store
from records.workspace import read_head, write_head

Bidlens = Callable[..., Any]
LATER = datetime.now(UTC) + timedelta(days=40)


def listed(store: Store, reason: str) -> None:
    day = datetime(2020, 1, 1).date()
    add(store, Entry("shared_network", "upload_ip", "10.0.0.1", "centre", reason, day, LATER.date()))


@pytest.fixture(scope="session")
def history(market: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four versions of the records; runs of versions 1, 2 and 3, the first two of them old."""
    folder = tmp_path_factory.mktemp("history") / "w"
    shutil.copytree(market, folder)
    store = Store(folder)
    made = score(store.market(), rules=[all_rules()["Q02"]], records_version=1)
    for version, started in ((1, "2020-01-01"), (2, "2020-01-02"), (3, f"{datetime.now(UTC):%Y-%m-%d}")):
        told = {"run_id": f"{started}-a", "started_at": f"{started}T00:00:00+00:00"}
        save(replace(made, manifest={**made.manifest, **told, "records_version": version}), folder)
        listed(store, f"campus {version}")
    return folder


@pytest.fixture
def workspace(history: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(history, tmp_path / "w"))


def runs(workspace: Path) -> list[Path]:
    return sorted(p.parent for p in (workspace / "runs").glob("*/run.json"))


def reasons(store: Store, version: int | None) -> list[str]:
    rows = store.market(version).known_values.filter(display="10.0.0.1").collect()
    return rows["reason"].to_list()


def test_old_runs_go_with_the_versions_that_only_they_needed(workspace: Path) -> None:
    old, market = runs(workspace)[:2], Store(workspace).market().known_values.collect()

    done = prune(workspace, 30, LATER)

    assert done.runs == [p.name for p in old]
    assert done.versions == [0, 1, 2]
    assert done.files > 0
    store = Store(workspace)
    assert store.history()["version"].to_list() == [3, 4]
    assert reasons(store, 3) == ["campus 2"]
    assert store.market().known_values.collect().sort("value_hash").equals(market.sort("value_hash"))
    with pytest.raises(ValueError, match="no version 1; the last that it has are 3, 4"):
        store.market(1)


def test_the_store_works_on_after_pruning_and_knows_what_it_imported(workspace: Path, market: Path) -> None:
    prune(workspace, 30, LATER)
    prune(workspace, 30, LATER)
    store = Store(workspace)

    listed(store, "one")
    listed(store, "two")

    assert reasons(store, None) == ["two"]
    first = Store(market).batches()["batch_id"][0]
    assert first in store._head().batches
    assert store.version == 6


def test_the_newest_run_stays_however_old_it_is(workspace: Path) -> None:
    newest = runs(workspace)[-1]
    prune(workspace, 1, LATER + timedelta(days=400))
    assert runs(workspace) == [newest]
    assert latest(workspace) is not None


@pytest.mark.parametrize(
    ("place", "closed", "stays"),
    [("gone", False, True), ("gone", True, False), ("queue", False, False)],
)
def test_a_run_stays_that_alone_tells_why_an_alert_is_open(
    place: str, closed: bool, stays: bool, workspace: Path
) -> None:
    engine = opened(address(workspace))
    first = runs(workspace)[0]
    with writing(engine) as session:
        session.add(Alert(
            grain="tender", subject_id="T1", run_id=first.name, raised_at=datetime.now(UTC), level=2,
            attention=3.0, place=place, rule_ids=["E01"], closed_at=datetime.now(UTC) if closed else None,
        ))  # fmt: skip
    engine.dispose()

    done = prune(workspace, 30, LATER)

    assert (first in runs(workspace)) == stays
    assert done.versions == ([0, 2] if stays else [0, 1, 2])


def test_runs_that_were_added_to_the_newest_stay_with_it(workspace: Path) -> None:
    newest = runs(workspace)[-1]
    added = newest.with_name(f"{newest.name}-added")
    shutil.copytree(newest, added)
    told = json.loads((newest / "run.json").read_text())
    scope = {"base_run": newest.name, "point": "award"}
    (added / "run.json").write_text(json.dumps({**told, "run_id": added.name, "scope": scope}))

    prune(workspace, 1, LATER)

    assert runs(workspace) == [newest, added]


def test_young_versions_stay_for_those_who_read_them(workspace: Path) -> None:
    done = prune(workspace, 30)
    assert len(done.runs) == 2
    assert done.versions == []


def test_an_old_version_that_was_current_until_just_now_stays(workspace: Path) -> None:
    head = read_head(workspace / "records" / "head.json")
    ages = (30, 20, 10, 0, 0)
    told = tuple(
        structs.replace(s, at=(datetime.now(UTC) - timedelta(days=days)).isoformat())
        for s, days in zip(head.snapshots, ages, strict=True)
    )
    write_head(workspace / "records" / "head.json", structs.replace(head, snapshots=told))
    assert prune(workspace, 30).versions == [0, 1]


def test_what_a_killed_scoring_left_does_not_stop_it(workspace: Path) -> None:
    torn = workspace / "runs" / ".20990101T000000-x" / "queue.parquet"
    torn.parent.mkdir()
    torn.write_bytes(b"PAR1 and no end")
    assert len(prune(workspace, 30, LATER).runs) == 2


def test_the_chances_of_review_outlive_their_runs(workspace: Path) -> None:
    queue = runs(workspace)[0] / "queue.parquet"
    pl.DataFrame({"tender_id": ["T1"], "selection": [0.25]}).write_parquet(queue)

    prune(workspace, 30, LATER)
    prune(workspace, 30, LATER)

    known = selections(workspace)
    assert known is not None
    assert known.filter(tender_id="T1")["selection"].to_list() == [0.25]


def test_what_a_killed_scoring_left_goes_when_it_is_a_day_old(workspace: Path) -> None:
    (workspace / "runs" / ".20200101T000000-x").mkdir()
    prune(workspace, 30)
    assert list((workspace / "runs").glob(".2020*"))
    prune(workspace, 30, LATER)
    assert not list((workspace / "runs").glob(".2020*"))


def test_the_days_come_from_the_settings_too(workspace: Path, bidlens: Bidlens) -> None:
    kept = bidlens("prune", "-w", str(workspace))
    assert (kept.code, "retention_days" in kept.err, len(runs(workspace))) == (0, True, 3)
    (workspace / "bidlens.toml").write_text("retention_days = 30\n")
    assert len(bidlens("prune", "-w", str(workspace), "--json").json()["runs"]) == 2
    assert timedelta(days=1) == retention.GRACE
