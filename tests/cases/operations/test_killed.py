import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import select

from cases.database import address, looking
from cases.tables import Alert, Post
from detect.kept import latest, latest_folder, runs_since
from records.simulate import into_store
from records.store import Store

ROOT = Path(__file__).parents[3]
DYING = """
import os, signal, sys
from pkgutil import resolve_name
import bidlens

place, name, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
owner, calls = resolve_name(place), []
real = getattr(owner, name)

def dying(*words, **options):
    calls.append(name)
    if len(calls) == at:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*words, **options)

setattr(owner, name, dying)
sys.argv[1:] = sys.argv[4:]
bidlens.main()
"""
"""A command that kills itself as it calls a function for the n-th time."""

KEEPING = [
    ("polars:DataFrame", "write_parquet", 7),  # amid the frames of the run
    ("pathlib:Path", "rename", 1),  # all frames written
    ("cases.commands.desk", "lay_down", 1),  # kept, and not on the desk
    ("cases.audit", "append", 1),  # all on the desk but the last line of the transaction
]
SORTING = [
    ("records.segments", "_write", 1),  # sorted copies are there, and nothing names them
    ("records.segments", "_write", 2),  # so are histories
]


def ran(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bidlens", *words], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def killed(place: str, name: str, at: int, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DYING, place, name, str(at), *words],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, (place, name, done.stderr.decode())


def on_desk(workspace: Path) -> list[tuple[str, str, int]]:
    with looking(address(workspace)) as session:
        asked = select(Alert.grain, Alert.subject_id, Alert.level)
        return sorted((grain, subject, level) for grain, subject, level in session.execute(asked))


def findings(workspace: Path, tender: str | None = None) -> pl.DataFrame:
    run = latest(workspace, tender)
    assert run is not None
    return run.alerts.drop("worth").sort("tender_id")


@pytest.mark.slow
def test_scoring_that_is_killed_anywhere_is_made_good_by_the_same_command(tmp_path: Path) -> None:
    workspace, other = tmp_path / "w", tmp_path / "undisturbed"
    for folder in (workspace, other):
        into_store(folder, 100, 1)
    score = ("score", "--no-model", "-w", str(workspace))
    for place in KEEPING:
        killed(*place, *score)
    ran(*score)
    ran("score", "--no-model", "-w", str(other))
    assert_frame_equal(findings(workspace), findings(other))
    assert on_desk(workspace) == on_desk(other)
    full = latest_folder(workspace)

    tender = findings(workspace)["tender_id"][0]
    some = ("score", "--no-model", "--tender", tender, "-w", str(workspace))
    for place in [*SORTING, *KEEPING[1:]]:
        killed(*place, *some)
    ran(*some)
    assert latest_folder(workspace) == full
    assert full is not None
    columns = ["tender_id", "level", "rule_ids", "place", "case_id"]
    expected = findings(other).filter(tender_id=tender).select(columns)
    assert_frame_equal(findings(workspace, tender).select(columns), expected)
    assert on_desk(workspace) == on_desk(other)
    with looking(address(workspace)) as session:
        assert max(session.scalars(select(Post.run_id))) == runs_since(full)[-1].name
    for derived in (".index", ".histories"):
        assert sum(p.is_dir() for p in (workspace / derived).iterdir()) == 1
    assert not [p for p in (workspace / "runs").glob(".*") if p.is_file()]


@pytest.mark.slow
def test_an_import_that_is_killed_anywhere_is_made_good_by_the_same_command(tmp_path: Path) -> None:
    export, workspace = tmp_path / "export", tmp_path / "w"
    export.mkdir()
    bids = pl.DataFrame({"bid_id": [f"B{n}" for n in range(9)], "tender_id": "T1", "bidder_id": "A"})
    bids.write_csv(export / "bids.csv")
    words = ("import", str(export), "-w", str(workspace))
    for place in [
        ("records.lake:Lake", "merge", 1),
        ("records.lake:Lake", "append", 1),  # the table written, not the import
        ("records.store", "write_head", 1),  # all but the head
    ]:
        killed(*place, *words)
        assert Store(workspace).version == 0
    ran(*words)
    store = Store(workspace)
    assert (store.version, store.batches().height) == (1, 1)
    assert sorted(store.market().bids.collect()["bid_id"]) == bids["bid_id"].to_list()
