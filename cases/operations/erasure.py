"""Erasing a personal value: from the records in all versions, and from what runs kept of it.

What people wrote is not changed: the desk's log is append-only on purpose. Where the value still stands, in
words, in the name of an export or as the id of a party, is counted and told.
"""

import getpass
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import polars as pl
from sqlalchemy import JSON, String, cast, func, or_, select

from cases.audit import append
from cases.database import address, in_reach, looking, opened, unmade, writing
from cases.operations.ledger import Ledger
from cases.tables import Table
from detect.kept import ROW_GROUP
from detect.parts.work import discard
from records.erasure import HASH, masked_in
from records.source import BadInput
from records.store import Store
from records.tables import SCHEMAS


@dataclass(frozen=True)
class Erasure:
    """What was removed, and what still stands.

    * `rows`: rows removed from the records, by table and kind.
    * `facts`: rows of runs in which the value was blanked; the finding that rested on it stays.
    * `remaining`: where else the very value stands, with counts: columns of current records, the desk.
    * `audited`: whether the desk's log tells of it.
    """

    rows: Mapping[str, Mapping[str, int]]
    files: int
    facts: int
    remaining: Mapping[str, int]
    audited: bool

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, without the value."""
        return {
            "rows": self.rows, "files": self.files, "facts": self.facts, "remaining": self.remaining,
            "audited": self.audited,
        }  # fmt: skip


def erase(workspace: Path, kind: str, value: str, reason: str) -> Erasure:
    """Remove a value of a personal kind, and of all kinds of its family, which its hash cannot tell apart.

    Raises:
        BadInput: no reason is given, the kind is not personal, or the desk's database cannot be read.
        Busy: another process writes to the workspace.

    """
    if not reason.strip():
        raise BadInput("An erasure needs a reason, which is kept", "bidlens erase", "Give --reason.")
    store = Store(workspace)
    done = store.erase(kind, value)
    discard(workspace)  # unfinished parts hold copies of records, and so do unfinished runs
    for unfinished in (workspace / "runs").glob(".[0-9]*"):
        shutil.rmtree(unfinished)
    frames = sorted((workspace / "runs").glob("*/*.parquet"))
    facts = sum(masked_in(f, done.mark, ROW_GROUP) for f in frames if HASH in pl.read_parquet_schema(f))
    remaining = _in_records(store, value) | _in_ledger(workspace, value) | _on_desk(workspace, value)
    told = {"rows": done.rows, "facts": facts, "reason": reason}
    audited = _audit(workspace, kind, told)
    return Erasure(done.rows, done.files, facts, remaining, audited)


def _in_records(store: Store, value: str) -> dict[str, int]:
    """Columns of the current records that hold the value as it was given."""
    market = store.market()
    found: dict[str, int] = {}
    for table, schema in SCHEMAS.items():
        texts = [c for c, column in schema.columns().items() if column.dtype == pl.String and c != "batch_id"]
        same = getattr(market, table).select((pl.col(c) == value).sum() for c in texts).collect()
        found |= {f"{table}.{c}": int(n) for c, n in same.row(0, named=True).items() if n}
    for name, column in {
        "quarantine.raw": store.quarantine()["raw"],
        "batches.path": store.batches()["path"],
    }.items():
        found[name] = int(column.str.contains(value, literal=True).sum())
    return {name: n for name, n in found.items() if n}


def _in_ledger(workspace: Path, value: str) -> dict[str, int]:
    """Steps of watched exports whose name holds the value."""
    n = sum(value in line.look.name for line in Ledger(workspace / "watch" / "ledger.jsonl").lines())
    return {"watch/ledger.jsonl": n} if n else {}


def _on_desk(workspace: Path, value: str) -> dict[str, int]:
    """Texts on the desk in which the value stands."""
    url = address(workspace)
    if unmade(url):
        return {}
    found = {}
    spelled = {value, json.dumps(value)[1:-1], quote_plus(value)}  # as text, in JSON, in an address
    with looking(url) as session:
        for table in Table.metadata.sorted_tables:
            texts = [cast(c, String) for c in table.columns if isinstance(c.type, String | JSON)]
            holds = or_(*(c.contains(one, autoescape=True) for c in texts for one in spelled))
            found[f"desk: {table.name}"] = session.scalar(
                select(func.count()).select_from(table).where(holds)
            )
    return {name: n for name, n in found.items() if n}


def _audit(workspace: Path, kind: str, told: Mapping[str, Any]) -> bool:
    """Put it in the desk's log, where there is one; neither the value nor its hash."""
    url = address(workspace)
    if unmade(url):
        return False
    engine = opened(url)
    try:
        with in_reach(url), writing(engine) as session:
            append(session, getpass.getuser(), "personal.erase", kind, **told)
    finally:
        engine.dispose()
    return True
