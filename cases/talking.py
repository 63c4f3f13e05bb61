"""What people add to an alert: notes, files, the firm's statement, how they read a rule's innocent reading.

Adding changes no field, so none of these is refused because somebody else was at work, too.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import PurePosixPath, PureWindowsPath
from typing import NamedTuple

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from cases.act import Act, Kind, Unfit, acting, printable, words
from cases.database import reading as open_to_read
from cases.database import writing
from cases.owning import notify
from cases.roles import May
from cases.tables import Alert, Attachment, Event, Notice, Person

LARGEST = 20 * 1024 * 1024
"""Bytes of an attached file."""


class Reading(StrEnum):
    """What a person found out about a rule's innocent reading in this alert."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    OPEN = "open"


class News(NamedTuple):
    """A notice as its reader sees it."""

    id: int
    at: datetime
    actor: str
    kind: str
    text: str | None
    alert_id: int
    grain: str
    subject_id: str
    title: str
    seen: bool


class Returned(NamedTuple):
    """An alert of a person's own that was put off and is back, and that nobody has woken since."""

    alert_id: int
    version: int
    grain: str
    subject_id: str
    title: str
    since: datetime


def note(engine: Engine, actor: str, alert_id: int, text: str) -> Event:
    """Write a note; people named as `@name` are told of it.

    Raises:
        Refused: the role does not have the act.
        Unfit: there are no words, or no such alert.

    """
    said = words(text, "note")
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id)
        named = mentioned(act.session, said)
        event = act.tell(alert, Kind.NOTE, said, mentions=named)
        notify(act.session, event, [n for n in named if n != actor])
        return event


def statement(engine: Engine, actor: str, alert_id: int, text: str, *, by: str) -> Event:
    """Keep what the firm `by` says for itself; the owner is told.

    Raises:
        Refused, Unfit: as `note`.

    """
    said, firm = words(text, "statement"), words(by, "name of the firm")
    with acting(engine, actor, May.WORK) as act:
        return _told_to_owner(act, act.alert(alert_id), Kind.STATEMENT, said, firm=firm)


def reading(
    engine: Engine, actor: str, alert_id: int, rule_id: str, verdict: Reading, text: str = ""
) -> Event:
    """Say whether a rule's innocent reading holds here; the latest word counts, see `readings`.

    Raises:
        Refused: the role does not have the act.
        Unfit: the rule does not speak in this alert, or there are no words.

    """
    said = words(text, "reading", needed=verdict != Reading.OPEN)
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id)
        if rule_id not in alert.rule_ids:
            those = ", ".join(alert.rule_ids)
            raise Unfit(
                f"Rule {rule_id!r} does not speak in alert {alert_id}; these do: {those}.",
                f"规则 {rule_id} 未在线索 {alert_id} 中命中；命中的规则：{those}。",
            )
        return act.tell(alert, Kind.READING, said or None, rule=rule_id, verdict=verdict.value)


def readings(session: Session, alert_id: int) -> dict[str, Event]:
    """The latest reading of each rule; its detail has `verdict`."""
    asked = select(Event).where(Event.alert_id == alert_id, Event.kind == Kind.READING.value)
    return {e.detail["rule"]: e for e in session.scalars(asked.order_by(Event.id))}


def attach(engine: Engine, actor: str, alert_id: int, name: str, content: bytes, text: str = "") -> Event:
    """Put a file to an alert, with its SHA-256.

    Raises:
        Refused: the role does not have the act.
        Unfit: the file is empty, too large, or has no name.

    """
    kept = file_name(name)
    if not content:
        raise Unfit(f"File {kept!r} is empty.", f"文件 {kept} 是空的。")
    if len(content) > LARGEST:
        raise Unfit(
            f"File {kept!r} has {len(content):,} bytes; at most {LARGEST:,} are kept.",
            f"文件 {kept} 有 {len(content):,} 字节，最多保存 {LARGEST:,} 字节。",
        )
    said, sha256 = words(text, "remark", needed=False), hashlib.sha256(content).hexdigest()
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id)
        event = act.tell(alert, Kind.ATTACHED, said or None, name=kept, sha256=sha256, n_bytes=len(content))
        act.session.add(
            Attachment(alert_id=alert.id, event_id=event.id, name=kept, sha256=sha256, content=content)
        )
        return event


def file_name(name: str) -> str:
    r"""The last part of a path, without control characters, at most 255 characters with its ending.

    >>> file_name("C:\\papers\\函.pdf"), file_name("../../etc/passwd")
    ('函.pdf', 'passwd')
    """
    last = PureWindowsPath(PurePosixPath(printable(name)).name).name
    plain = "".join(c for c in last if c.isprintable()).strip()
    if not plain.strip("."):
        raise Unfit(f"{name!r} is no name of a file.", f"{name!r} 不是文件名。")
    ending = PurePosixPath(plain).suffix[:20]
    return plain if len(plain) <= 255 else plain[: 255 - len(ending)] + ending


def mentioned(session: Session, text: str) -> list[str]:
    """Names of the active people whom a text calls by `@` and name, as signed in or as shown.

    No blank need follow, as none does in Chinese; of several names that fit, the longest counts.
    """
    if "@" not in text:
        return []
    people = session.execute(select(Person.name, Person.shown).where(Person.active))
    names = {call: name for name, shown in people for call in (shown, name) if call}
    pattern = "|".join(re.escape(c) for c in sorted(names, key=len, reverse=True))
    found = re.findall(f"@({pattern})", text) if pattern else []
    return list(dict.fromkeys(names[call] for call in found))


def news(engine: Engine, person: str, *, unseen: bool = True, most: int = 100) -> list[News]:
    """Notices of a person, the newest first."""
    asked = (
        select(Notice, Event, Alert)
        .join(Event, Event.id == Notice.event_id)
        .join(Alert, Alert.id == Event.alert_id)
        .where(Notice.person == person)
        .order_by(Notice.id.desc())
        .limit(most)
    )
    asked = asked.where(Notice.seen_at.is_(None)) if unseen else asked
    with open_to_read(engine) as session:
        return [
            News(n.id, e.at, e.actor, e.kind, e.text, a.id, a.grain, a.subject_id, a.title or a.subject_id,
                 n.seen_at is not None)
            for n, e, a in session.execute(asked)
        ]  # fmt: skip


def returned(engine: Engine, person: str, at: datetime | None = None) -> list[Returned]:
    """A person's own open alerts whose putting off has ended, the latest first; `wake` ticks one off."""
    asked = select(Alert).where(
        Alert.owner == person, Alert.closed_at.is_(None), Alert.snoozed_until <= (at or datetime.now(UTC))
    )
    with open_to_read(engine) as session:
        return [
            Returned(a.id, a.version, a.grain, a.subject_id, a.title or a.subject_id, a.snoozed_until)
            for a in session.scalars(asked.order_by(Alert.snoozed_until.desc(), Alert.id))
            if a.snoozed_until is not None
        ]


def n_unseen(engine: Engine, person: str) -> int:
    """How many notices a person has not seen."""
    asked = select(func.count()).where(Notice.person == person, Notice.seen_at.is_(None))
    with open_to_read(engine) as session:
        return session.scalar(asked.select_from(Notice)) or 0


def seen(engine: Engine, person: str, notices: Sequence[int]) -> None:
    """Remember that a person has seen notices of theirs."""
    asked = update(Notice).where(Notice.person == person, Notice.id.in_(notices))
    with writing(engine) as session:
        session.execute(asked.where(Notice.seen_at.is_(None)).values(seen_at=datetime.now(UTC)))


def _told_to_owner(act: Act, alert: Alert, kind: Kind, said: str, **detail: object) -> Event:
    event = act.tell(alert, kind, said, **detail)
    if alert.owner not in {None, act.by}:
        notify(act.session, event, [str(alert.owner)])
    return event
