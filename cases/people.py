"""Who works here, under which role, and how somebody is appointed."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.audit import append
from cases.roles import ALLOWED, May, Role
from cases.tables import Person


class Actor(NamedTuple):
    """Somebody at work: the name that the log keeps, the name that colleagues see, and the role."""

    name: str
    shown: str
    role: Role

    def may(self, act: May) -> bool:
        """Whether the role has this act.

        >>> Actor("ann", "Ann", Role.VIEWER).may(May.WORK)
        False
        """
        return act in ALLOWED[self.role]


def find(session: Session, name: str) -> Actor | None:
    """The person of this name, or None when nobody appointed them or they have left."""
    person = session.get(Person, name)
    return Actor(person.name, person.shown, Role(person.role)) if person and person.active else None


def appoint(
    session: Session, by: str, name: str, role: Role, shown: str | None = None, *, active: bool = True
) -> Actor:
    """Give somebody a role, or with `active=False` end their access; goes to the audit log.

    Args:
        session: from `cases.database.writing`.
        by: who appoints; a command names the account of the machine.
        name: as the sign-in provider calls them, its `sub`.
        role: replaces the one that they had.
        shown: the name that colleagues see; the one on record, else `name`.
        active: whether they may come in.

    """
    person = session.get(Person, name)
    if person is None:
        person = Person(name=name, shown=shown or name)
        session.add(person)
    person.shown, person.role, person.active = shown or person.shown, role.value, active
    append(session, by, "person.appoint", name, role=role.value, shown=person.shown, active=active)
    return Actor(person.name, person.shown, role)


def enrol(session: Session, actor: Actor) -> None:
    """Put somebody on record who needs no appointment: the one user of this machine."""
    if session.get(Person, actor.name) is None:
        appoint(session, "this machine", actor.name, actor.role, actor.shown)


def everybody(session: Session) -> list[Person]:
    """All people, those who have left included, by name."""
    return list(session.scalars(select(Person).order_by(Person.name)))
