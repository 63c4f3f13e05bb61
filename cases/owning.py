"""Whose alert it is: taking, assigning, and sharing out fairly."""

from collections.abc import Sequence

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from cases.act import Act, Kind, Unfit, acting
from cases.database import reading
from cases.roles import ALLOWED, May, Role
from cases.tables import Alert, Event, Notice, Person
from cases.workflow import State

WORKING = [role.value for role in Role if May.WORK in ALLOWED[role]]
APPROVING = [role.value for role in Role if May.APPROVE in ALLOWED[role]]
_BEFORE_REVIEW = {State.NEW, State.ASSIGNED}


def take(engine: Engine, actor: str, alert_id: int, version: int) -> Alert:
    """Take an alert and begin to review it; one that is somebody else's only by who may assign.

    Raises:
        Refused: the role does not have the act.
        Changed: the alert was changed after it was read.

    """
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id, version)
        if alert.owner not in {None, actor}:
            act.require(May.ASSIGN_OTHERS)
        if alert.owner == actor and State(alert.state) not in _BEFORE_REVIEW:
            raise Unfit(f"Alert {alert_id} is yours already.", f"线索 {alert_id} 已由您办理。")
        alert.owner = actor
        if State(alert.state) in _BEFORE_REVIEW:
            alert.state = State.IN_REVIEW.value
        act.tell(alert, Kind.ASSIGNED, None, to=actor)
        _remember(act, actor)
        return alert


def assign(engine: Engine, actor: str, alert_id: int, version: int, to: str, text: str = "") -> Alert:
    """Give an alert to a colleague, who is told; to oneself it is `take` without beginning.

    Raises:
        Refused: the role does not have the act.
        Changed: the alert was changed after it was read.
        Unfit: the colleague does not work on alerts here.

    """
    with acting(engine, actor, May.WORK) as act:
        alert = act.alert(alert_id, version)
        if to != actor or alert.owner not in {None, actor}:
            act.require(May.ASSIGN_OTHERS)
        _give(act, alert, to, text)
        return alert


def auto_assign(
    engine: Engine, actor: str, alerts: dict[int, int], among: Sequence[str] = ()
) -> dict[int, str]:
    """Share alerts out: each to whoever has the fewest open ones, then to the least recently assigned.

    Args:
        engine: of the desk's database.
        actor: somebody who may assign others.
        alerts: ids with the versions that the actor saw, the most urgent first; those that have an owner
            by then stay theirs.
        among: names to choose from; everybody who works on alerts by default.

    Returns:
        The owner of each alert that was given away.

    Raises:
        Refused: the role does not have the act.
        Changed: one of the alerts was changed; none was given away.
        Unfit: nobody is there to choose from.

    """
    with acting(engine, actor, May.ASSIGN_OTHERS) as act:
        held = {i: act.alert(i, version) for i, version in sorted(alerts.items())}
        given = _dealt(act.session, [i for i in alerts if held[i].owner is None], among)
        for alert_id, to in given.items():
            _give(act, held[alert_id], to, "")
    return given


def sharing(engine: Engine, alerts: Sequence[int]) -> dict[int, str]:
    """To whom `auto_assign` would give alerts, the most urgent first; nothing is done.

    Raises:
        Unfit: nobody is there to choose from.

    """
    with reading(engine) as session:
        free = set(session.scalars(select(Alert.id).where(Alert.id.in_(alerts), Alert.owner.is_(None))))
        return _dealt(session, [i for i in alerts if i in free])


def working(engine: Engine) -> dict[str, str]:
    """Everybody who works on alerts here: the name, and what colleagues see."""
    with reading(engine) as session:
        return {p.name: p.shown for p in session.scalars(_workers().order_by(Person.shown))}


def _workers() -> Select[Person]:
    return select(Person).where(Person.active, Person.role.in_(WORKING))


def _dealt(session: Session, alerts: Sequence[int], among: Sequence[str] = ()) -> dict[int, str]:
    hands, given = _hands(session, among), {}
    if not hands:
        raise Unfit("Nobody who works on alerts is there to choose from.", "没有可选的办理人员。")
    for n, alert_id in enumerate(alerts):
        to = min(hands, key=hands.__getitem__)
        given[alert_id] = to
        hands[to] = (hands[to][0] + 1, f"~{n:09}", to)  # after every moment on record
    return given


def _hands(session: Session, among: Sequence[str]) -> dict[str, tuple[int, str, str]]:
    """People who work on alerts, with what orders them: open alerts, last time, name."""
    counted = select(Alert.owner, func.count()).where(Alert.owner.is_not(None), Alert.closed_at.is_(None))
    load = {owner: n for owner, n in session.execute(counted.group_by(Alert.owner))}  # noqa: C416  (rows)
    there = session.scalars(_workers())
    return {
        p.name: (load.get(p.name, 0), p.assigned_at.isoformat() if p.assigned_at else "", p.name)
        for p in there
        if not among or p.name in among
    }


def _give(act: Act, alert: Alert, to: str, text: str) -> None:
    person = act.session.get(Person, to)
    if person is None or not person.active or person.role not in WORKING:
        those = ", ".join(WORKING)
        raise Unfit(
            f"{to!r} does not work on alerts here; roles that do: {those}.",
            f"{to} 不在此办理线索；可办理的角色：{those}。",
        )
    if alert.owner == to:
        raise Unfit(f"Alert {alert.id} is theirs already.", f"线索 {alert.id} 已由其办理。")
    alert.owner = to
    if State(alert.state) in {State.NEW, State.IN_REVIEW}:
        alert.state = State.ASSIGNED.value
    event = act.tell(alert, Kind.ASSIGNED, text or None, to=to)
    _remember(act, to)
    if to != act.by:
        notify(act.session, event, [to])


def seconds(session: Session, first: str) -> list[str]:
    """Whom to ask as second person: the leads, and where there is no other, all who may approve."""
    asked = select(Person).where(Person.active, Person.role.in_(APPROVING), Person.name != first)
    there = list(session.scalars(asked.order_by(Person.name)))
    return [p.name for p in there if p.role == Role.LEAD] or [p.name for p in there]


def _remember(act: Act, name: str) -> None:
    person = act.session.get(Person, name)
    if person is not None:
        person.assigned_at = act.at


def notify(session: Session, event: Event, names: Sequence[str]) -> None:
    """Tell people of an event."""
    session.add_all([Notice(person=name, event_id=event.id) for name in names])
