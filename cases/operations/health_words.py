"""What a check of an installation saw, as one line for people; programs read `Check.told`."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from cases.operations.health import GIGABYTE, Check, State

Told = Mapping[str, Any]


def said(check: Check) -> str:
    """The figures of a check in words, rounded, with units; empty where it saw nothing.

    >>> said(Check("disk", told={"free_bytes": 25_268_989_952, "total_bytes": 270_553_174_016}))
    '25.3 of 270.6 GB are free'
    """
    if check.state == State.ABSENT:
        return "not in use"
    return _SAID[check.name](check.told) if check.told else ""


def _records(told: Told) -> str:
    rows = sum(told["rows"].values())
    last = f"; last import {_ago(told['last_import_hours'])}" if told["version"] else ""
    return f"version {told['version']}, {rows:,} rows{last}"


def _run(told: Told) -> str:
    behind = told["imports_not_scored"]
    later = f"; {behind:,} import{'s' * (behind != 1)} since then not scored" if behind else ""
    return f"{told['run_id']}, {_ago(told['hours'])}, {told['tenders']:,} tenders{later}"


def _database(told: Told) -> str:
    posted = f"run {told['posted_run']}" if told["posted_run"] else "no run"
    return f"{told['address']}, revision {told['revision']}, {posted} on the desk"


def _audit(told: Told) -> str:
    if not told["entries"]:
        return "no entries"
    at = datetime.fromisoformat(told["at"]).astimezone(UTC)
    return f"{told['entries']:,} entries; the newest of {at:%Y-%m-%d %H:%M} UTC, hash {told['hash'][:12]}…"


def _quarantine(told: Told) -> str:
    last, every = (f"{told[name]:.1%}" for name in ("last_import_share", "share"))
    return f"{last} of the last import was set aside, {every} of all imports ({told['rows']:,} rows)"


def _disk(told: Told) -> str:
    free, total = (told[name] / GIGABYTE for name in ("free_bytes", "total_bytes"))
    return f"{free:,.1f} of {total:,.1f} GB are free"


_SAID: Mapping[str, Callable[[Told], str]] = {
    "records": _records,
    "run": _run,
    "database": _database,
    "audit": _audit,
    "quarantine": _quarantine,
    "disk": _disk,
}


def _ago(hours: float) -> str:
    return f"{hours:.1f} hours ago" if hours < 48 else f"{hours / 24:.0f} days ago"
