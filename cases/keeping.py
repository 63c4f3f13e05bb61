"""What a person keeps at the desk: views, a basket, the buyers and bidders that they follow.

None of it changes an alert, so it is not audited and nobody is refused.
"""

from collections.abc import Sequence

from sqlalchemy import Engine, delete, or_, select

from cases.act import Unfit
from cases.act import role_of as known
from cases.database import reading, writing
from cases.tables import Basket, Follow, View

FOLLOWED = ("buyer", "bidder")


def save_view(engine: Engine, person: str, name: str, query: str, *, shared: bool = False) -> View:
    """Keep a queue's filters (its address) under a name; the same name again replaces them.

    Raises:
        Unfit: the name is empty or too long.

    """
    if not 1 <= len(name := name.strip()) <= 100:
        raise Unfit(
            f"A view's name has 1 to 100 characters, not {len(name)}.",
            f"视图名称应为 1 至 100 个字符，现为 {len(name)} 个。",
        )
    with writing(engine) as session:
        known(session, person)
        found = session.scalar(select(View).where(View.person == person, View.name == name))
        view = found or View(person=person, name=name)
        view.query, view.shared = query, shared
        session.add(view)
        session.flush()
        return view


def drop_view(engine: Engine, person: str, name: str) -> None:
    """Forget a view of one's own."""
    with writing(engine) as session:
        session.execute(delete(View).where(View.person == person, View.name == name))


def views(engine: Engine, person: str) -> list[View]:
    """A person's views and those that others share, by name, the person's own first."""
    asked = select(View).where(or_(View.person == person, View.shared))
    with reading(engine) as session:
        found = list(session.scalars(asked.order_by(View.name, View.person)))
        session.expunge_all()
    return sorted(found, key=lambda v: v.person != person)


def put_aside(engine: Engine, person: str, alerts: Sequence[int]) -> None:
    """Put alerts into a person's basket."""
    with writing(engine) as session:
        known(session, person)
        there = set(session.scalars(select(Basket.alert_id).where(Basket.person == person)))
        new = dict.fromkeys(a for a in alerts if a not in there)
        session.add_all(Basket(person=person, alert_id=a) for a in new)


def take_out(engine: Engine, person: str, alerts: Sequence[int] | None = None) -> None:
    """Take alerts out of a person's basket, all of them by default."""
    gone = delete(Basket).where(Basket.person == person)
    with writing(engine) as session:
        session.execute(gone if alerts is None else gone.where(Basket.alert_id.in_(alerts)))


def basket(engine: Engine, person: str) -> list[int]:
    """Ids of the alerts in a person's basket."""
    asked = select(Basket.alert_id).where(Basket.person == person).order_by(Basket.alert_id)
    with reading(engine) as session:
        return list(session.scalars(asked))


def follow(engine: Engine, person: str, grain: str, subject: str) -> None:
    """Tell a person of every new alert about a buyer (by name) or a bidder (by id).

    Raises:
        Unfit: only buyers and bidders can be followed.

    """
    if grain not in FOLLOWED:
        raise Unfit(
            f"One can follow a {' or a '.join(FOLLOWED)}, not a {grain!r}.", "只能关注招标人或投标人。"
        )
    with writing(engine) as session:
        known(session, person)
        session.merge(Follow(person=person, grain=grain, subject=subject))


def unfollow(engine: Engine, person: str, grain: str, subject: str) -> None:
    """Tell a person no longer."""
    gone = delete(Follow).where(Follow.person == person, Follow.grain == grain, Follow.subject == subject)
    with writing(engine) as session:
        session.execute(gone)


def followed(engine: Engine, person: str) -> list[tuple[str, str]]:
    """What a person follows: grain and subject."""
    asked = select(Follow.grain, Follow.subject).where(Follow.person == person).order_by(Follow.subject)
    with reading(engine) as session:
        return [(grain, subject) for grain, subject in session.execute(asked)]
