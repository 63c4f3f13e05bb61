"""When an alert is due, and putting it off."""

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import takewhile

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cases.act import Kind, Unfit, acting, is_open, words
from cases.database import reading
from cases.roles import May
from cases.tables import Alert, Event
from cases.workflow import State
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

    A RED is never put off beyond its due date: for that it is watched, to which a second person agrees.

    Raises:
        Refused, Changed: as `due`.
        Unfit: it is closed, the moment has passed, or it is too far off, see `off_until`.

    """
    said = words(text, "snooze")
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id, version)
        _ahead(alert, until, act.at)
        latest = _latest(act.session, act.by, alert, act.at)
        if until > latest:
            most = _told(latest, until.tzinfo)
            raise Unfit(
                f"One person can put this off until {most} at most; "
                f"for longer, decide {State.WATCH.value!r}, which for a RED takes a second person.",
                f"一人最多可将此线索暂缓至 {most}；更久请选择“持续关注”，红色线索须第二人同意。",
            )
        alert.snoozed_until = until.astimezone(UTC)
        act.tell(alert, Kind.SNOOZED, said)
        return alert


def off_until(engine: Engine, actor: str, alert: Alert) -> datetime:
    """The latest moment until which a person can put an alert off, which may have passed.

    It is days away, by level, and of a RED its due date: not one that the same person has set alone.
    """
    with reading(engine) as session:
        return _latest(session, actor, alert, datetime.now(UTC))


def _latest(session: Session, actor: str, alert: Alert, now: datetime) -> datetime:
    if alert.level < Level.RED:
        return now + LONGEST_SNOOZE
    moves = select(Event).where(Event.alert_id == alert.id, Event.kind == Kind.DUE.value)
    own = takewhile(lambda e: e.actor == actor, session.scalars(moves.order_by(Event.id.desc())))
    before = [e.detail["changes"].get("due_at", [None])[0] for e in own]
    due_dates = [alert.due_at, *(datetime.fromisoformat(at) for at in before if at)]
    return min([now + LONGEST_SNOOZE_OF_RED, *(at for at in due_dates if at)])


def wake(engine: Engine, actor: str, alert_id: int, version: int) -> Alert:
    """Bring a snoozed alert back before its time.

    Raises:
        Refused, Changed: as `due`.
        Unfit: it is not snoozed.

    """
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id, version)
        if alert.snoozed_until is None:
            raise Unfit(f"Alert {alert_id} is not put off.", f"线索 {alert_id} 未暂缓。")
        alert.snoozed_until = None
        act.tell(alert, Kind.WOKEN)
        return alert


def _ahead(alert: Alert, at: datetime, now: datetime) -> None:
    if at.tzinfo is None:
        raise Unfit(f"{at!r} has no time zone; give an instant, e.g. datetime.now(UTC).", f"{at} 没有时区。")
    if not is_open(alert):
        raise Unfit(
            f"Alert {alert.id} is closed; reopen it first.", f"线索 {alert.id} 已关闭，请先重新打开。"
        )
    if at <= now:
        moment = _told(at, at.tzinfo)
        raise Unfit(f"{moment} has passed; give a later moment.", f"{moment} 已过，请选择之后的时间。")


def _told(at: datetime, zone: tzinfo | None) -> str:
    """A moment in the zone in which the person spoke of one."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %z}"
