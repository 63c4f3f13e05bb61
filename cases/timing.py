"""When an alert is due, and putting it off."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from cases.act import Kind, Unfit, acting, is_open, words
from cases.roles import May
from cases.tables import Alert
from detect.terms import Level

WORKING_DAYS = {Level.RED: 1, Level.ORANGE: 5, Level.YELLOW: 20}
"""Days from Monday to Friday, by level, from the run that raised an alert to its deadline.

Rules 0.1 ask for the same day (RED) and the alert window (ORANGE), and let YELLOW wait. Public holidays are
not known here. A choice, to be set to a centre's own duties.
"""

AUDIT_DAYS = 20
"""The same for tenders that only the random audit drew."""

LONGEST_SNOOZE = timedelta(days=90)
LONGEST_SNOOZE_OF_RED = timedelta(days=7)


def due_after(raised_at: datetime, level: int) -> datetime:
    """Default deadline of an alert.

    >>> friday = datetime(2026, 1, 2, 8, tzinfo=UTC)
    >>> due_after(friday, Level.RED).isoformat(), due_after(friday, Level.ORANGE).isoformat()
    ('2026-01-05T08:00:00+00:00', '2026-01-09T08:00:00+00:00')
    """
    at, left = raised_at, WORKING_DAYS.get(Level(level), AUDIT_DAYS) if level else AUDIT_DAYS
    while left:
        at += timedelta(days=1)
        left -= at.weekday() < 5
    return at


def due(engine: Engine, actor: str, alert_id: int, version: int, at: datetime, text: str) -> Alert:
    """Set another deadline, and say why.

    Raises:
        Refused: the role does not have the act.
        Changed: the alert was changed after it was read.
        Unfit: it is closed, or the moment has passed.

    """
    said = words(text, "deadline")
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id, version)
        _ahead(alert, at, act.at)
        alert.due_at = at.astimezone(UTC)
        act.tell(alert, Kind.DUE, said)
        return alert


def snooze(engine: Engine, actor: str, alert_id: int, version: int, until: datetime, text: str) -> Alert:
    """Put an alert out of sight until a moment, and say why; it comes back by itself.

    Raises:
        Refused, Changed: as `due`.
        Unfit: it is closed, the moment has passed, or it is too far off.

    """
    said = words(text, "snooze")
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id, version)
        _ahead(alert, until, act.at)
        longest = LONGEST_SNOOZE_OF_RED if alert.level >= Level.RED else LONGEST_SNOOZE
        if until > act.at + longest:
            raise Unfit(f"An alert of this level can be put off by {longest.days} days at most.")
        alert.snoozed_until = until.astimezone(UTC)
        act.tell(alert, Kind.SNOOZED, said)
        return alert


def wake(engine: Engine, actor: str, alert_id: int, version: int) -> Alert:
    """Bring a snoozed alert back before its time.

    Raises:
        Refused, Changed: as `due`.
        Unfit: it is not snoozed.

    """
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id, version)
        if alert.snoozed_until is None:
            raise Unfit(f"Alert {alert_id} is not put off.")
        alert.snoozed_until = None
        act.tell(alert, Kind.WOKEN)
        return alert


def _ahead(alert: Alert, at: datetime, now: datetime) -> None:
    if at.tzinfo is None:
        raise Unfit(f"{at!r} has no time zone; give an instant, e.g. datetime.now(UTC).")
    if not is_open(alert):
        raise Unfit(f"Alert {alert.id} is closed; reopen it first.")
    if at <= now:
        raise Unfit(f"{at.isoformat(timespec='minutes')} has passed; give a later moment.")
