"""The audit log: what was done, by whom, in a chain of hashes that shows any later change.

Each entry holds the hash of the one before it. Whoever can rewrite the whole database can rebuild the
chain; publish the newest hash elsewhere (`bidlens audit head`), and give it to `verify`.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cases.tables import Entry

START = "0" * 64
"""What the first entry names as the hash before it."""


class Head(NamedTuple):
    """The newest entry: its number, 0 for an empty log, and its hash."""

    seq: int
    hash: str


class Fault(NamedTuple):
    """A place where the chain does not hold, and what is wrong there."""

    seq: int
    what: str


def append(session: Session, actor: str, action: str, subject: str, /, **detail: Any) -> Entry:
    """Add an entry in the transaction of what it tells of: both are kept, or neither.

    Args:
        session: from `cases.database.writing`.
        actor: who did it; a command names the account of the machine.
        action: verb and thing, e.g. `alert.decide`.
        subject: what it was done to.
        detail: whatever else a reader of the log needs; JSON values.

    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(6215)"))
    last = head(session)
    entry = Entry(
        seq=last.seq + 1,
        at=datetime.now(UTC).isoformat(timespec="microseconds"),
        actor=actor,
        action=action,
        subject=subject,
        detail=json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str),
        previous=last.hash,
    )
    entry.hash = _hash(entry)
    session.add(entry)
    session.flush()
    return entry


def head(session: Session) -> Head:
    """The newest entry, or number 0 before the first."""
    found = session.execute(select(Entry.seq, Entry.hash).order_by(Entry.seq.desc()).limit(1)).first()
    return Head(0, START) if found is None else Head(found.seq, found.hash)


def verify(session: Session, published: Head | None = None) -> list[Fault]:
    """Every place where the chain does not hold; an empty list says that all of it does.

    With a `published` head, a log that was cut short or rebuilt since is found, too.
    """
    faults, before, seen = [], Head(0, START), published is None or published == Head(0, START)
    for entry in session.scalars(select(Entry).order_by(Entry.seq)).yield_per(10_000):
        if entry.seq != before.seq + 1:
            faults.append(Fault(before.seq + 1, f"missing up to {entry.seq - 1}"))
        elif entry.previous != before.hash:
            faults.append(Fault(entry.seq, "does not follow the entry before it"))
        if _hash(entry) != entry.hash:
            faults.append(Fault(entry.seq, "was changed"))
        before = Head(entry.seq, entry.hash)
        seen = seen or before == published
    if not seen and published is not None:
        faults.append(Fault(published.seq, "the published entry is not in the log"))
    return faults


def _hash(entry: Entry) -> str:
    told = [entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.detail, entry.previous]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
