"""Whether an installation works: records, newest run, database, audit log, quarantine, disk.

Looking changes nothing: no database is made or brought up to date, and no lock is taken.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import func, select

from cases.audit import head
from cases.database import address, looking, revisions, unmade
from cases.tables import Entry, Post
from detect.kept import latest_folder
from records.settings import Settings, without_password
from records.source import BadInput
from records.store import Store
from records.tables import SCHEMAS

GIGABYTE = 1e9


class State(StrEnum):
    """What a check found; `absent` is what is not in use, such as a desk that nobody has opened."""

    OK = "ok"
    ABSENT = "absent"
    FAILING = "failing"


@dataclass(frozen=True)
class Check:
    """One check: its state, what it saw, and for a failing one why, with the remedy."""

    name: str
    state: State = State.OK
    told: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def checks(workspace: Path, limits: Settings, now: datetime | None = None) -> list[Check]:
    """Every check, in the order of `CHECKS`; a look that fails is a check that fails."""
    return [_safely(name, look, workspace, limits, now or datetime.now(UTC)) for name, look in CHECKS.items()]


def healthy(found: list[Check]) -> bool:
    """Whether nothing fails."""
    return all(c.state != State.FAILING for c in found)


def _safely(name: str, look: "Look", workspace: Path, limits: Settings, now: datetime) -> Check:
    try:
        told, why = look(workspace, limits, now)
    except Exception as problem:
        what = str(problem) if isinstance(problem, BadInput) else f"{type(problem).__name__}: {problem}"
        return Check(name, State.FAILING, {}, what.splitlines()[0])
    if told is None:
        return Check(name, State.ABSENT)
    return Check(name, State.FAILING if why else State.OK, told, why)


Look = Callable[[Path, Settings, datetime], tuple[dict[str, Any] | None, str]]


def _records(workspace: Path, _: Settings, now: datetime) -> tuple[dict[str, Any] | None, str]:
    store = Store(workspace)
    market, last = store.market(), store.history().row(-1, named=True)
    tables = [getattr(market, name).select(pl.len()) for name in SCHEMAS]
    rows = dict(zip(SCHEMAS, (n.item() for n in pl.collect_all(tables)), strict=True))
    age = {"last_import_at": last["at"].isoformat(), "last_import_hours": _hours(now, last["at"])}
    told = {"version": store.version, **(age if store.version else {}), "rows": rows}
    return told, "" if store.version else "Nothing was imported. Run: bidlens import FILE --source ocds"


def _run(workspace: Path, limits: Settings, now: datetime) -> tuple[dict[str, Any] | None, str]:
    folder = latest_folder(workspace)
    if folder is None:
        return {}, "Nothing has been scored. Run: bidlens score"
    manifest = json.loads((folder / "run.json").read_text("utf-8"))
    started = datetime.fromisoformat(manifest["started_at"])
    hours = _hours(now, started)
    behind = Store(workspace).version - (manifest["records_version"] or 0)
    told = {
        "run_id": manifest["run_id"],
        "started_at": started.isoformat(),
        "hours": hours,
        "records_version": manifest["records_version"],
        "imports_not_scored": behind,
        "tenders": manifest["n_tenders"],
        "alerts": manifest["n_alerts"],
    }
    old = limits.max_run_age is not None and hours > limits.max_run_age
    return told, f"The newest run is older than {limits.max_run_age} hours. Run: bidlens score" if old else ""


def _database(workspace: Path, _: Settings, __: datetime) -> tuple[dict[str, Any] | None, str]:
    url = address(workspace)
    if unmade(url):
        return None, ""
    with looking(url) as session:
        at, known = revisions(session)
        posted = session.scalar(select(func.max(Post.run_id))) if at == known else None
    told = {"address": without_password(url), "revision": at, "known_revision": known}
    told["posted_run"] = posted
    if at != known:
        return told, (
            f"The database is at revision {at}, this bidlens works with {known}. A newer one brings it up "
            "to date when it opens the desk (bidlens audit verify); with an older one, install the newer"
        )
    newest = latest_folder(workspace)
    behind = newest is not None and (posted or "") < newest.name
    return told, "The newest run is not on the desk. Run: bidlens score" if behind else ""


def _audit(workspace: Path, _: Settings, __: datetime) -> tuple[dict[str, Any] | None, str]:
    url = address(workspace)
    if unmade(url):
        return None, ""
    with looking(url) as session:
        newest = head(session)
        n, at = session.execute(select(func.count(), func.max(Entry.at)).select_from(Entry)).one()
    told = {"entries": n, "newest": newest.seq, "hash": newest.hash, "at": at}
    return told, "" if n == newest.seq else f"The log has {n} entries, its newest is number {newest.seq}"


def _quarantine(workspace: Path, limits: Settings, _: datetime) -> tuple[dict[str, Any] | None, str]:
    reports = [json.loads(text) for text in Store(workspace).batches().sort("version")["report"]]
    if not reports:
        return None, ""
    counts = [
        [sum(t[name] for t in report["tables"].values()) for name in ("quarantined", "read")]
        for report in reports
    ]
    last, every = counts[-1], [sum(column) for column in zip(*counts, strict=True)]
    told = {"last_import_share": _share(*last), "share": _share(*every), "rows": every[0]}
    limit = limits.max_quarantined
    many = limit is not None and told["last_import_share"] > limit
    return told, f"More than {limit:.1%} of the last import was set aside; see data quality" if many else ""


def _disk(workspace: Path, limits: Settings, _: datetime) -> tuple[dict[str, Any] | None, str]:
    there = next(p for p in (workspace.resolve(), *workspace.resolve().parents) if p.exists())
    usage = shutil.disk_usage(there)
    told = {"free_bytes": usage.free, "total_bytes": usage.total}
    few = usage.free < limits.min_free_gb * GIGABYTE
    return told, f"Less than {limits.min_free_gb} GB are free. Run: bidlens prune" if few else ""


CHECKS: Mapping[str, Look] = {
    "records": _records,
    "run": _run,
    "database": _database,
    "audit": _audit,
    "quarantine": _quarantine,
    "disk": _disk,
}


def _hours(now: datetime, then: datetime) -> float:
    return round((now - then).total_seconds() / 3600, 2)


def _share(some: int, of: int) -> float:
    return some / of if of else 0.0
