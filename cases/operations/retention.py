"""How long runs are kept, and with them the versions of the records that they were computed from."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import select

from cases.database import address, looking, unmade
from cases.tables import GONE, Alert
from detect.kept import latest_folder, runs_since, selections
from records.store import Store

GRACE = timedelta(days=1)
"""Versions that were current within this time stay: somebody may just be reading one."""

CHANCES = "pruned"
"""Folder below `runs` for the chances of review of runs that are gone; labels are weighed by them."""


@dataclass(frozen=True)
class Pruned:
    """What was removed: ids of runs, versions of the records, and files of these."""

    runs: list[str]
    versions: list[int]
    files: int

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def prune(workspace: Path, days: int, now: datetime | None = None) -> Pruned:
    """Remove runs that are older than some days, and what only they needed.

    The newest full run stays with those added to it, and so does each that alone tells why an alert is open
    on the desk, since the newest one does not raise it. The chances with which tenders came under review
    stay, too.

    Raises:
        BadInput: there is no store, or the desk's database cannot be read.
        Busy: another process writes to the workspace.

    """
    moment, store, gone = now or datetime.now(UTC), Store(workspace), list[str]()

    def choose() -> set[int]:
        there = dict(_runs(workspace))
        gone.extend(_old(workspace, there, moment - timedelta(days=days)))
        _remove_runs(workspace, gone, moment)
        read = {manifest["records_version"] for name, manifest in there.items() if name not in gone}
        just_current = store.history().filter(pl.col("at").shift(-1) > moment - GRACE)["version"]
        return {v for v in (*read, *just_current) if v is not None}

    versions, files = store.keep_versions(choose)
    return Pruned(gone, versions, files)


def _old(workspace: Path, there: Mapping[str, Mapping[str, Any]], before: datetime) -> Iterator[str]:
    named = _referred_to(workspace)
    for name, manifest in there.items():
        if name not in named and datetime.fromisoformat(manifest["started_at"]) < before:
            yield name


def _remove_runs(workspace: Path, names: Sequence[str], now: datetime) -> None:
    """These, and what scoring that was killed has left."""
    if names:
        _keep_chances(workspace)
    for name in names:
        _remove(workspace / "runs" / name)
    for unfinished in (workspace / "runs").glob(".*"):
        if unfinished.is_dir() and datetime.fromtimestamp(unfinished.stat().st_mtime, UTC) < now - GRACE:
            shutil.rmtree(unfinished)


def _runs(workspace: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted((workspace / "runs").glob("[!.]*/run.json")):
        yield file.parent.name, json.loads(file.read_text("utf-8"))


def _referred_to(workspace: Path) -> set[str]:
    """Runs that must stay: what stands by now, and what open alerts came from that it does not raise.

    Of an alert that is raised as before the newest run says the same as the run that it names.
    """
    folder, url = latest_folder(workspace), address(workspace)
    standing = set() if folder is None else {run.name for run in runs_since(folder)}
    if unmade(url):
        return standing
    unanswered = select(Alert.run_id).where(Alert.closed_at.is_(None), Alert.place == GONE).distinct()
    with looking(url) as session:
        return standing | set(session.scalars(unanswered))


def _keep_chances(workspace: Path) -> None:
    known = selections(workspace)
    if known is not None:
        kept = workspace / "runs" / CHANCES / "queue.parquet"
        kept.parent.mkdir(exist_ok=True)
        known.write_parquet(kept.with_suffix(".draft"))
        kept.with_suffix(".draft").replace(kept)


def _remove(folder: Path) -> None:
    """In one step for readers, then for the disk."""
    going = folder.with_name(f".{folder.name}")
    shutil.rmtree(going, ignore_errors=True)
    folder.rename(going)
    shutil.rmtree(going)
