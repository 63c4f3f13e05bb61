"""Decisions of the desk as labels: rows of the records' table `decisions`, from which models learn.

A decision counts from the moment it was made. One that an alert outlived, because it was taken up again, is
void: it keeps its row with strength 0, which no label reads, at whatever moment one looks.
"""

import hashlib
import json
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cases import audit
from cases.act import Kind
from cases.database import reading, writing
from cases.tables import Alert, Event
from cases.workflow import State
from features.catalogue import Grain
from records.report import ImportReport
from records.source import UNREADABLE, Raw
from records.store import Store


class Meaning(NamedTuple):
    """What a state says of a tender: kind of decision, collusive or not, how sure."""

    kind: str
    collusive: bool
    strength: float


MEANS = {
    State.PENALISED: Meaning("penalty", True, 1.0),
    State.OVERTURNED: Meaning("penalty", False, 1.0),
    State.COMMITTEE_CONFIRMED: Meaning("committee", True, 0.9),
    State.REFERRED_ADMIN: Meaning("referral", True, 0.8),
    State.REFERRED_CRIMINAL: Meaning("referral", True, 0.8),
    State.REFERRED_DISCIPLINE: Meaning("referral", True, 0.8),
    State.NOT_PENALISED: Meaning("penalty", False, 0.8),
    State.EXPLAINED: Meaning("explained", False, 0.6),
    State.NOT_ESTABLISHED: Meaning("reviewer", False, 0.4),
}
"""Strengths are choices. Of two decisions on a tender the stronger counts, of equal ones the later: a penalty
stands until it is overturned, and a referral without penalty does not. A data issue, a duplicate and a watch
say nothing of the firms' conduct, so they are no labels."""

CLOSING = (Kind.DECIDED.value, Kind.CONFIRMED.value)
_ROW = pl.Schema(
    {
        **dict.fromkeys(("decision_id", "tender_id", "bidder_id", "kind"), pl.String()),
        "collusive": pl.Boolean(),
        "strength": pl.Float64(),
        "known_at": pl.Datetime("us", "UTC"),
        **dict.fromkeys(("basis", "source_table", "source_record"), pl.String()),
    }
)


def learn(engine: Engine, store: Store, actor: str) -> ImportReport | None:
    """Bring all decisions into the records. The same decisions again change nothing; None without any.

    Raises:
        BadInput: another process writes to the records.

    """
    with reading(engine) as session:
        rows = decisions(session)
    if rows.is_empty():
        return None
    digest = hashlib.sha256(json.dumps(rows.rows(), default=str).encode()).hexdigest()
    report = store.take("desk", [Raw({"decisions": rows}, pl.DataFrame(schema=UNREADABLE))], decisions=digest)
    if not report.already_imported:
        with writing(engine) as session:
            audit.append(session, actor, "decisions.learn", report.batch_id, rows=rows.height)
    return report


def decisions(session: Session) -> pl.DataFrame:
    """One row per decision on a tender or bidder that speaks of conduct; void ones have strength 0."""
    asked = (
        select(Alert.id, Alert.grain, Alert.subject_id, Event.id, Event.at, Event.detail)
        .join(Event, Event.alert_id == Alert.id)
        .where(Event.kind.in_((*CLOSING, Kind.REOPENED.value)))
        .where(Alert.grain.in_((Grain.TENDER.value, Grain.BIDDER.value)))
        .order_by(Event.alert_id, Event.id)
    )
    rows: list[dict[str, Any]] = []
    of_alert: list[dict[str, Any]] = []
    before = None
    for alert_id, grain, subject, event_id, at, detail in session.execute(asked):
        if alert_id != before:
            of_alert, before = [], alert_id
        if "state" not in detail["changes"]:  # watched for longer
            continue
        state = State(detail["changes"]["state"][1])
        if state == State.IN_REVIEW:
            for row in of_alert:
                row["strength"] = 0.0
        if state in MEANS:
            of_alert.append(_row(alert_id, grain, subject, event_id, at, MEANS[state]))
            rows.append(of_alert[-1])
    return pl.DataFrame(rows, schema=_ROW)


def _row(
    alert_id: int, grain: str, subject: str, event_id: int, at: datetime, meaning: Meaning
) -> dict[str, Any]:
    return {
        "decision_id": f"desk-{event_id}",
        "tender_id": subject if grain == Grain.TENDER else None,
        "bidder_id": subject if grain == Grain.BIDDER else None,
        **meaning._asdict(),
        "known_at": at,
        "basis": f"alert {alert_id}, event {event_id}",
        "source_table": "events",
        "source_record": str(event_id),
    }
