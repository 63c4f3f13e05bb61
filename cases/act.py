"""What every act of the desk shares: one transaction that checks, changes, tells and logs.

An act names the version of the alert that its author saw. If somebody or a run has changed it since, the act
is refused with what happened in between, so that nobody's work is lost unseen. Every act takes its alerts
before it writes to the audit log, so that two acts never wait for each other.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Engine, inspect, select
from sqlalchemy.orm import Session

from cases import audit, standing
from cases.database import writing
from cases.people import find
from cases.roles import Hindrance, May, Refused, Role, require
from cases.tables import Alert, Event
from cases.workflow import OPEN, State

LONGEST = 10_000
"""Characters of a text that somebody writes."""

Value = str | int | float | bool | None


class Kind(StrEnum):
    """What an event tells of."""

    RAISED = "raised"
    FINDINGS = "findings"
    GONE = "gone"
    BACK = "back"
    REOPENED = "reopened"
    ASSIGNED = "assigned"
    DECIDED = "decided"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    DETERMINED = "determination"
    NOTE = "note"
    STATEMENT = "statement"
    READING = "reading"
    ATTACHED = "attached"
    DUE = "due"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    SUPPRESSED = "suppressed"
    LIFTED = "lifted"
    LISTED = "listed"


class Unfit(Hindrance):
    """An act that does not fit: what is wrong, what is allowed."""


class Told(NamedTuple):
    """An event as a person is told of it."""

    at: datetime
    actor: str
    kind: str
    text: str | None


class Changed(Hindrance):
    """The alert was changed after the author of an act had read it; nothing was done.

    * `events`: what happened in between, oldest first.
    * `fields`: for each changed column, its value when it was read and now.
    * `version`: the present version, for whoever has read the difference and acts again.
    """

    def __init__(self, alert: Alert, then: int, events: list[Event]) -> None:
        self.alert_id, self.then, self.version = alert.id, then, alert.version
        self.events = [Told(e.at, e.actor, e.kind, e.text) for e in events]
        self.fields = _difference(alert, events)
        those = ", ".join(f"{t.kind} by {t.actor}" for t in self.events) or "a newer version"
        super().__init__(
            f"Alert {alert.id} was changed after you read it: {those}. Read it again, then act.",
            f"线索 {alert.id} 在您打开之后已有变动，请重新查看后再办理。",
        )


@dataclass
class Act:
    """One act under way: its session, its author, its moment."""

    session: Session
    by: str
    role: Role
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def require(self, may: May) -> None:
        """Let pass whoever may."""
        require(self.role, may)

    def alert(self, alert_id: int, version: int | None = None) -> Alert:
        """The alert, held against other writers; with `version`, only if it still is that version.

        Raises:
            Unfit: there is no such alert.
            Changed: it was changed since.

        """
        found = self.session.get(Alert, alert_id, with_for_update=True)
        if found is None:
            raise Unfit(f"There is no alert {alert_id}.", f"没有线索 {alert_id}。")
        if version is not None and found.version != version:
            raise Changed(found, version, since(self.session, alert_id, version))
        return found

    def tell(self, alert: Alert, kind: Kind, said: str | None = None, /, **detail: Any) -> Event:
        """Write what was done to an alert into its events and the audit log, with all changed columns."""
        changes = _changes(alert)
        if changes:
            alert.version += 1
        if alert.first_action_at is None:
            alert.first_action_at = self.at
        told = {**detail, "version": alert.version, "changes": changes}
        event = Event(alert_id=alert.id, at=self.at, actor=self.by, kind=kind.value, text=said, detail=told)
        self.session.add(event)
        self.session.flush()
        about = {"alert": alert.id, "event": event.id, "text": said, **told}
        self.log(f"alert.{kind.value}", f"{alert.grain} {alert.subject_id}", **about)
        if "state" in changes:  # after the log, before which acts wait for each other
            standing.moved(self.session, alert, *changes["state"])
        return event

    def log(self, action: str, subject: str, /, **detail: Any) -> None:
        """Write an act that concerns no single alert into the audit log."""
        audit.append(self.session, self.by, action, subject, **detail)


@contextmanager
def acting(engine: Engine, actor: str, may: May) -> Iterator[Act]:
    """A transaction in the name of `actor`, a person of the desk who may do `may`.

    Raises:
        Refused: nobody of that name is active, or their role does not have the act.

    """
    with writing(engine) as session:
        session.autoflush = False  # `Act.tell` reads from the session what has changed
        act = Act(session, actor, role_of(session, actor))
        act.require(may)
        yield act


def role_of(session: Session, actor: str) -> Role:
    """The role of a person as it is now, whatever it was when they opened the page.

    Raises:
        Refused: nobody of that name is active.

    """
    found = find(session, actor)
    if found is None:
        raise Refused(
            f"{actor!r} does not work at this desk; an administrator can appoint them.",
            f"{actor} 不是本平台的有效用户，可由管理员添加。",
        )
    return found.role


def since(session: Session, alert_id: int, version: int) -> list[Event]:
    """Events that came after a version of an alert, oldest first."""
    asked = select(Event).where(Event.alert_id == alert_id).order_by(Event.id)
    return [e for e in session.scalars(asked) if e.detail["version"] > version]


_ZH = {
    "decision": "该决定", "link to an original": "合并到原线索", "confirmation": "确认", "rejection": "退回",
    "reopening": "重新打开", "determination": "评标委员会认定", "suppression": "屏蔽", "lifting": "解除屏蔽",
    "deadline": "更改期限", "snooze": "暂缓", "note": "备注", "statement": "企业陈述",
    "name of the firm": "企业名称", "reading": "合理解释", "remark": "说明",
}  # fmt: skip
"""What has words, in Chinese."""


def words(said: str | None, what: str, *, needed: bool = True) -> str:
    """Words as they can be kept, without characters that a database refuses.

    Raises:
        Unfit: there are none although they are needed, or too many.

    """
    kept = printable(said or "").strip()
    if needed and not kept:
        raise Unfit(f"The {what} needs words: say why.", f"{_ZH.get(what, what)}需要文字说明：请写明理由。")
    if len(kept) > LONGEST:
        raise Unfit(
            f"The {what} has {len(kept):,} characters; at most {LONGEST:,} are kept.",
            f"{_ZH.get(what, what)}有 {len(kept):,} 个字符，最多保存 {LONGEST:,} 个。",
        )
    return kept


def printable(text: str) -> str:
    r"""Text without what PostgreSQL or UTF-8 cannot hold.

    >>> printable("a\x00b")
    'a\ufffdb'
    """
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


class Bulk(NamedTuple):
    """What became of an act on many alerts: done, and refused with the reason, by alert."""

    done: list[int]
    refused: dict[int, Hindrance]


MOST = 1_000
"""Alerts of one bulk act."""


def bulk(alerts: Mapping[int, int], one: Callable[[int, int], object]) -> Bulk:
    """Do an act on many alerts, each in a transaction of its own, each checked.

    Args:
        alerts: ids with the versions that the author saw.
        one: the act, given id and version.

    """
    if len(alerts) > MOST:
        raise Unfit(
            f"{len(alerts):,} alerts at once are too many to answer for; at most {MOST:,}.",
            f"一次处理 {len(alerts):,} 条线索过多，最多 {MOST:,} 条。",
        )
    done: list[int] = []
    refused: dict[int, Hindrance] = {}
    for alert_id, version in alerts.items():
        try:
            one(alert_id, version)
            done.append(alert_id)
        except Hindrance as why:
            refused[alert_id] = why
    return Bulk(done, refused)


def is_open(alert: Alert) -> bool:
    """Whether somebody still has to look."""
    return State(alert.state) in OPEN


def _changes(alert: Alert) -> dict[str, list[Any]]:
    changes = {}
    for attribute in inspect(alert).attrs:
        history = attribute.history
        if history.has_changes() and attribute.key not in {"version", "first_action_at"}:
            before = history.deleted[0] if history.deleted else None
            if before != (now := history.added[0] if history.added else None):
                changes[attribute.key] = [_plain(before), _plain(now)]
    return changes


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _difference(alert: Alert, events: list[Event]) -> dict[str, tuple[Any, Any]]:
    then: dict[str, Any] = {}
    for event in events:
        for name, (before, _) in event.detail["changes"].items():
            then.setdefault(name, before)
    now = {name: _plain(getattr(alert, name)) for name in then}
    return {name: (then[name], now[name]) for name in then if then[name] != now[name]}
