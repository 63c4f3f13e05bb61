"""The people of the desk: who may sign in, and in which role."""

from sqlalchemy import Engine, select

from cases.act import MACHINE, Act, Unfit, acting, words
from cases.database import reading
from cases.roles import May, Role
from cases.tables import Person


def add(engine: Engine, actor: str, name: str, role: Role, shown: str = "") -> Person:
    """Let somebody sign in as `name`; colleagues see `shown`.

    `actor` is an administrator, or the account of the machine (`cases.act.MACHINE`).

    Raises:
        Refused: the role does not have the act.
        Unfit: the name is taken, empty or reserved.

    """
    name = words(name, "name")
    if name.startswith(MACHINE) or len(name) > 200:
        raise Unfit(f"A name has at most 200 characters and does not begin with {MACHINE!r}.")
    with acting(engine, actor, May.SET) as act:
        if act.session.get(Person, name) is not None:
            raise Unfit(f"There is somebody called {name!r} already; change their role instead.")
        made = Person(name=name, shown=shown.strip()[:200] or name, role=role.value)
        act.session.add(made)
        act.session.flush()
        act.log("people.add", name, role=role.value, shown=made.shown)
        return made


def set_role(engine: Engine, actor: str, name: str, role: Role) -> Person:
    """Give somebody another role, from their next act on; somebody who had left is back.

    Raises:
        Refused: the role does not have the act.
        Unfit: there is no such person, or an administrator would lose their own role.

    """
    with acting(engine, actor, May.SET) as act:
        person = _person(act, name)
        if name == actor and role != Role.ADMIN:
            raise Unfit("Another administrator has to change your role, so that one is always left.")
        before, person.role, person.active = person.role, role.value, True
        act.session.flush()
        act.log("people.role", name, role=[before, role.value])
        return person


def deactivate(engine: Engine, actor: str, name: str) -> Person:
    """Let somebody act no longer; what they did stays in their name.

    Raises:
        Refused, Unfit: as `set_role`.

    """
    with acting(engine, actor, May.SET) as act:
        person = _person(act, name)
        if name == actor:
            raise Unfit("Another administrator has to do this, so that one is always left.")
        person.active = False
        act.session.flush()
        act.log("people.deactivate", name)
        return person


def everybody(engine: Engine) -> list[Person]:
    """All people, those who left among them, by name."""
    with reading(engine) as session:
        return list(session.scalars(select(Person).order_by(Person.name)))


def _person(act: Act, name: str) -> Person:
    person = act.session.get(Person, name)
    if person is None:
        raise Unfit(f"There is nobody called {name!r}; bidlens people list shows who there is.")
    return person
