"""The queue: what to show of the desk's alerts, in which order, one page at a time, and what is not shown.

Filters, orders and pages are SQL, so that a million alerts stay quick. The everyday queue (`WAITING`) has an
index for each order.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    UnaryExpression,
    and_,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from cases import grams
from cases.listing import KEPT, most_frequent, number
from cases.listing import UNKNOWN as UNKNOWN
from cases.rows import is_postgresql
from cases.tables import GONE, HIDDEN, WAITING, Alert, Basket, Event, Fired, Standing, Words
from cases.tables import SCORE_ONLY as SCORE_ONLY
from cases.workflow import OPEN
from detect.queue import Place
from features.catalogue import Grain

PER_PAGE = 50
ASKED_FOR = (Place.QUEUE.value, Place.AUDIT.value)
PLACES = (*(p.value for p in Place), GONE)

Column = InstrumentedAttribute[Any]
LISTED: dict[str, Column] = {**KEPT, "owner": Alert.owner}
"""Columns that are filtered by their values."""

ORDERS: dict[str, tuple[UnaryExpression[Any], ...]] = {
    "worst": (Alert.level.desc(), Alert.attention.desc()),
    "worth": (Alert.worth.desc().nulls_last(),),
    "amount": (Alert.estimate.desc().nulls_last(),),
    "deadline": (Alert.deadline_at.desc().nulls_last(),),
    "bids": (Alert.n_bids.desc().nulls_last(),),
    "age": (Alert.raised_at.asc(),),
    "due": (Alert.due_at.asc().nulls_last(),),
}
"""What comes first: the worst, the most worth, the largest, the latest, most bids, the oldest, those due."""

FEW = 20_000
"""So many alerts or fewer are looked up and then sorted; of more, the queue is walked for a page."""

MANY = FEW + 1
"""What is counted to tell few from many; a filter that as many pass counts as passed by this number."""


DECISIONS = ("decided", "proposed", "confirmed")
"""Events by which somebody decided; see `cases.act.Kind`."""


class Hidden(StrEnum):
    """Which of the alerts that are out of sight for a time to show."""

    NO = "no"
    SNOOZED = "snoozed"
    SUPPRESSED = "suppressed"
    ANY = "any"


@dataclass(frozen=True)
class Asked:
    """What a reader asked for; an empty choice asks for everything, except that:

    * without `states`, open alerts are shown; without `places`, those in any place.
    * `places` are, unless said otherwise, what people are asked to look at.
    * `hidden` alerts, put off or explained for a time, are not shown.

    Raises:
        ValueError: there is no such order or column.

    """

    grains: tuple[str, ...] = (Grain.TENDER.value,)
    levels: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    places: tuple[str, ...] = ASKED_FOR
    listed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    text: str = ""
    older_than: timedelta | None = None
    overdue: bool = False
    awaiting: bool = False
    """Closings of a RED that wait for a second person."""
    basket_of: str | None = None
    decided_by: str | None = None
    """Alerts that this person decided, proposed to close, or closed as the second person."""
    case_id: str | None = None
    hidden: Hidden = Hidden.NO
    order: str = "worst"
    unopened: tuple[str, ...] = ()
    """Tenders of whose bids the reader must not know yet, so that even their being here tells too much."""

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise ValueError(f"There is no order {self.order!r}; there are {', '.join(ORDERS)}.")
        if unknown := sorted(set(self.listed) - set(LISTED)):
            raise ValueError(f"There is no filter {unknown}; there are {', '.join(LISTED)}.")

    @property
    def only_open(self) -> bool:
        """Whether no closed alert is asked for."""
        return set(self.states) <= {s.value for s in OPEN}


@dataclass(frozen=True)
class Filter:
    """A part of what was asked for: how many alerts pass it, which, and how one is asked whether it does.

    * `n`: at most `MANY` where it had to be counted.
    * `among`: ids of those that pass, as column `id`; one may come twice.
    * `holds`: the same as a condition on an alert, put so that no index of it is used.
    * `worst_first`: the alerts themselves, where an index gives them in that order.
    """

    n: int
    among: Select[Any]
    holds: ColumnElement[bool]
    worst_first: Select[Alert] | None = None


def page(
    session: Session, asked: Asked, number: int = 1, *, per_page: int = PER_PAGE, at: datetime | None = None
) -> list[Alert]:
    """One page of the queue, from 1."""
    at = at or datetime.now(UTC)
    found = [*filters(session, asked, at), *_standing(session, asked), *_out_of_sight(session, asked, at)]
    rarest = min(found, key=lambda f: f.n)
    filed = [f for f in found if f.worst_first is not None and (f is rarest or rarest.n > FEW)]
    if filed and asked.order == "worst":
        wanted = _walked(min(filed, key=lambda f: f.n), found, asked)
    else:
        looked_up = [Alert.id.in_(rarest.among)] if rarest.n <= FEW else []
        conditions = (*seen(asked), *looked_up, *(f.holds for f in found), *_in_order(asked))
        wanted = select(Alert).where(*conditions).order_by(*ORDERS[asked.order], Alert.id)
    shown = wanted.where(*_in_sight(asked, at)).limit(per_page).offset((number - 1) * per_page)
    return list(session.scalars(shown))


def _walked(first: Filter, found: list[Filter], asked: Asked) -> Select[Alert]:
    assert first.worst_first is not None
    others = [c.is_(true()) for c in seen(asked)]
    return first.worst_first.where(*others, *(f.holds for f in found if f is not first))


def choices(session: Session, name: str, most: int = 500) -> dict[str, int]:
    """Values of a listed column with their numbers of alerts, the most frequent first."""
    return most_frequent(session, name, most)


def filters(session: Session, asked: Asked, at: datetime) -> list[Filter]:
    """What an alert has to be, apart from level, state, place and sight."""
    chosen = {name: values for name, values in asked.listed.items() if values}
    late = and_(Alert.due_at < at, *(_everyday(asked) or [Alert.closed_at.is_(None)]))
    conditions: list[tuple[object, ColumnElement[bool]]] = [
        (asked.older_than, Alert.raised_at <= at - (asked.older_than or timedelta())),
        (asked.overdue, late),
        (asked.awaiting, Alert.proposed.is_not(None)),
        (asked.case_id, Alert.case_id == asked.case_id),
    ]
    return [
        *([_of_rules(session, asked)] if asked.rules else []),
        *(_listed(session, asked, name, values) for name, values in chosen.items()),
        *([_mentions(session, asked.text)] if asked.text.split() else []),
        *(_counted(session, asked, condition) for wanted, condition in conditions if wanted),
        *([_put_aside(session, asked.basket_of)] if asked.basket_of else []),
        *([_decided(session, asked.decided_by)] if asked.decided_by else []),
    ]


def seen(asked: Asked) -> list[ColumnElement[bool]]:
    """The grain, and that nothing is told of tenders which the reader must not know of."""
    return [*_of_grains(asked), *([Alert.subject_id.not_in(asked.unopened)] if asked.unopened else [])]


def _of_grains(asked: Asked) -> list[ColumnElement[bool]]:
    return [one_of(Alert.grain, asked.grains)] if asked.grains else []


def fitting(asked: Asked, at: datetime) -> list[ColumnElement[bool]]:
    """State, place and sight, put so that no index is used."""
    given = ((Alert.place, asked.places), (Alert.state, asked.states or tuple(s.value for s in OPEN)))
    stands = [one_of(column, values).is_(true()) for column, values in given if values]
    return [*stands, *_in_sight(asked, at)]


def _standing(session: Session, asked: Asked) -> list[Filter]:
    """Level, state and place."""
    key = (Standing.grain, Standing.place, Standing.state, Standing.level)
    states = asked.states or tuple(s.value for s in OPEN)
    given = (asked.grains, asked.places, states, asked.levels)
    kept = [one_of(column, values) for column, values in zip(key, given, strict=True) if values]
    n = session.scalar(select(func.sum(Standing.n)).where(*kept)) or 0
    same = (Alert.grain, Alert.place, Alert.state, Alert.level)
    stands = and_(*(one_of(column, values) for column, values in zip(same, given, strict=True) if values))
    return [Filter(n, select(Alert.id.label("id")).where(stands), stands.is_(true()))]


def _everyday(asked: Asked) -> list[ColumnElement[bool]]:
    """The everyday queue, put as its indexes put it, if that is what was asked for."""
    everyday = asked.only_open and set(asked.places) == set(ASKED_FOR)
    return [literal_column(f"({WAITING})")] if everyday else []


def _in_order(asked: Asked) -> list[ColumnElement[bool]]:
    """What lets an index in the order asked for begin further on; the rest of it is said elsewhere, too."""
    worst = asked.order == "worst"
    return [
        *_everyday(asked),
        *(_not_above(Alert.level, asked) if worst else []),
        *([Alert.state == asked.states[0]] if len(asked.states) == 1 and worst else []),
    ]


def _not_above(level: Column, asked: Asked) -> list[ColumnElement[bool]]:
    return [level <= max(asked.levels)] if asked.levels else []


def _out_of_sight(session: Session, asked: Asked, at: datetime) -> list[Filter]:
    if asked.hidden not in {Hidden.SNOOZED, Hidden.SUPPRESSED}:
        return []
    out = and_(literal_column(f"({HIDDEN})"), *_in_sight(asked, at))
    return [_counted(session, asked, out)]


def _in_sight(asked: Asked, at: datetime) -> list[ColumnElement[bool]]:
    snoozed, suppressed = later(Alert.snoozed_until, at), later(Alert.suppressed_until, at)
    return {
        Hidden.NO: [not_(snoozed), not_(suppressed)],
        Hidden.SNOOZED: [snoozed],
        Hidden.SUPPRESSED: [suppressed],
        Hidden.ANY: [],
    }[asked.hidden]


def later(column: Column, at: datetime) -> ColumnElement[bool]:
    """Whether a moment on record lies ahead; true or false, never null."""
    return and_(column.is_not(None), column > at)


def one_of(column: Column, values: tuple[Any, ...]) -> ColumnElement[bool]:
    """Whether a column has one of some values."""
    return column == values[0] if len(values) == 1 else column.in_(values)


def _counted(session: Session, asked: Asked, condition: ColumnElement[bool]) -> Filter:
    among = select(Alert.id.label("id")).where(*_of_grains(asked), condition)
    return Filter(_up_to_many(session, among), among, condition.is_(true()))


def _up_to_many(session: Session, among: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(among.limit(MANY).subquery())) or 0


def _listed(session: Session, asked: Asked, name: str, values: tuple[str, ...]) -> Filter:
    column, known = LISTED[name], tuple(v for v in values if v != UNKNOWN)
    passes = or_(
        one_of(column, known) if known else false(), column.is_(None) if UNKNOWN in values else false()
    )
    among = select(Alert.id.label("id")).where(passes)
    filed = name in KEPT and len(values) == 1 and known
    worst_first = select(Alert).where(passes, *_not_above(Alert.level, asked))
    return Filter(
        number(session, name, values), among, passes.is_(true()),
        worst_first.order_by(*ORDERS["worst"], Alert.id) if filed else None,
    )  # fmt: skip


def _of_rules(session: Session, asked: Asked) -> Filter:
    speaks = select(Fired.alert_id.label("id")).where(one_of(Fired.rule_id, asked.rules))
    among = speaks.where(Fired.alert_level.is_not(None))
    order = (Fired.alert_level.desc(), Fired.alert_attention.desc(), Fired.alert_id)
    worst_first = (
        select(Alert)
        .join(Fired, Fired.alert_id == Alert.id)
        .where(Fired.rule_id == asked.rules[0], Fired.alert_level.is_not(None))
        .where(*_not_above(Fired.alert_level, asked))
        .order_by(*order)
    )
    return Filter(
        _up_to_many(session, among), among, speaks.where(Fired.alert_id == Alert.id).exists(),
        worst_first if len(asked.rules) == 1 else None,
    )  # fmt: skip


def _mentions(session: Session, said: str) -> Filter:
    """A subject's id, or all words of a text in any order."""
    exact = select(Alert.id.label("id")).where(Alert.subject_id == said.strip())
    if session.scalar(exact.limit(1)):
        return Filter(1, exact, Alert.subject_id == said.strip())
    words = said.lower().split()
    position = func.strpos if is_postgresql(session) else func.instr
    among = select(Words.alert_id.label("id")).where(*(position(Words.words, word) > 0 for word in words))
    holds = among.where(Words.alert_id == Alert.id).exists()
    parts = [part for word in words for part in grams.parts(word)]
    if not parts:  # too short for the index
        return Filter(MANY, among, holds)
    candidates = grams.holding(session, parts).subquery()
    indexed = among.join(candidates, candidates.c.alert_id == Words.alert_id)
    return Filter(_up_to_many(session, indexed), indexed, holds)


def _put_aside(session: Session, person: str) -> Filter:
    among = select(Basket.alert_id.label("id")).where(Basket.person == person)
    return Filter(_up_to_many(session, among), among, Alert.id.in_(among))


def _decided(session: Session, person: str) -> Filter:
    among = select(Event.alert_id.label("id")).where(Event.actor == person, Event.kind.in_(DECISIONS))
    return Filter(_up_to_many(session, among), among, Alert.id.in_(among))
