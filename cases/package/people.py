"""What people did about an alert, as the desk's database keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.act import Kind
from cases.tables import Alert, Attachment, Event, Person


@dataclass(frozen=True)
class Act:
    """One event: who did what, when, in which words; `detail` is whatever the desk kept with it."""

    id: int
    at: datetime
    actor: str
    kind: str
    text: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Put:
    """A file that somebody put to the alert."""

    id: int
    event_id: int
    name: str
    content: bytes


@dataclass(frozen=True)
class People:
    """Where the alert stands, what was done in order, and the files; empty where the desk has none.

    `names` are those that colleagues see, by account.
    """

    alert: Mapping[str, Any] | None = None
    acts: list[Act] = field(default_factory=list)
    files: list[Put] = field(default_factory=list)
    names: Mapping[str, str] = field(default_factory=dict)

    def of_kind(self, kind: Kind) -> list[Act]:
        """The acts of one kind, in order."""
        return [act for act in self.acts if act.kind == kind.value]

    def called(self, account: str) -> str:
        """The name that colleagues see, with the account that the log keeps."""
        name = self.names.get(account, account)
        return name if name == account else f"{name} ({account})"


_STANDING = (
    "id", "state", "reason", "owner", "raised_at", "first_action_at", "closed_at", "due_at", "snoozed_until",
    "suppressed_until", "determination", "proposed", "original_id", "version",
)  # fmt: skip


def people_of(session: Session, grain: str, subject_id: str) -> People:
    """The record of one tender's or party's alert."""
    alert = session.scalar(select(Alert).where(Alert.grain == grain, Alert.subject_id == subject_id))
    if alert is None:
        return People()
    acts = session.scalars(select(Event).where(Event.alert_id == alert.id).order_by(Event.id))
    files = session.scalars(select(Attachment).where(Attachment.alert_id == alert.id).order_by(Attachment.id))
    return People(
        {name: getattr(alert, name) for name in _STANDING},
        [Act(e.id, e.at, e.actor, e.kind, e.text, e.detail) for e in acts],
        [Put(f.id, f.event_id, f.name, f.content) for f in files],
        {p.name: p.shown for p in session.execute(select(Person.name, Person.shown))},
    )
