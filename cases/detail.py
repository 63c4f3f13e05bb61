"""Everything that the desk knows of one alert, for its page and its evidence package."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, defer

from cases.database import reading
from cases.suppress import of_alert
from cases.tables import Alert, Attachment, Event, Suppression
from cases.talking import readings

MOST_RELATED = 50


class File(NamedTuple):
    """An attachment without its content."""

    id: int
    name: str
    sha256: str
    event_id: int
    at: datetime
    actor: str


class Detail(NamedTuple):
    """One alert with what happened to it.

    * `events`: all of them, oldest first.
    * `readings`: the latest word on each rule's innocent reading.
    * `suppressions`: those in force that cover a finding of it.
    * `duplicates`: alerts that were closed as saying the same.
    * `related`: other alerts of the same case (`detect.linking`), worst first.
    """

    alert: Alert
    events: list[Event]
    files: list[File]
    readings: dict[str, Event]
    suppressions: list[Suppression]
    duplicates: list[Alert]
    related: list[Alert]


def detail(engine: Engine, alert_id: int) -> Detail | None:
    """An alert with what happened to it; None where there is no such alert."""
    with reading(engine) as session:
        alert = session.get(Alert, alert_id)
        if alert is None:
            return None
        return Detail(
            alert, _events(session, alert_id), _files(session, alert_id), readings(session, alert_id),
            of_alert(session, alert), _duplicates(session, alert_id), _related(session, alert),
        )  # fmt: skip


def found(engine: Engine, grain: str, subject_id: str) -> int | None:
    """Id of the alert about a subject, or None."""
    asked = select(Alert.id).where(Alert.grain == grain, Alert.subject_id == subject_id)
    with reading(engine) as session:
        return session.scalar(asked)


def content(engine: Engine, attachment_id: int) -> bytes | None:
    """What is in an attached file."""
    with reading(engine) as session:
        return session.scalar(select(Attachment.content).where(Attachment.id == attachment_id))


def _events(session: Session, alert_id: int) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.alert_id == alert_id).order_by(Event.id)))


def _files(session: Session, alert_id: int) -> list[File]:
    asked = (
        select(Attachment, Event)
        .join(Event, Event.id == Attachment.event_id)
        .where(Attachment.alert_id == alert_id)
        .options(defer(Attachment.content))
    )
    rows = session.execute(asked.order_by(Attachment.id))
    return [File(a.id, a.name, a.sha256, a.event_id, e.at, e.actor) for a, e in rows]


def _duplicates(session: Session, alert_id: int) -> list[Alert]:
    return list(session.scalars(select(Alert).where(Alert.original_id == alert_id).order_by(Alert.id)))


def _related(session: Session, alert: Alert) -> list[Alert]:
    if alert.case_id is None:
        return []
    asked = select(Alert).where(Alert.case_id == alert.case_id, Alert.id != alert.id)
    return list(session.scalars(asked.order_by(Alert.level.desc(), Alert.id).limit(MOST_RELATED)))
