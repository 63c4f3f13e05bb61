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
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from cases.tables import GONE, WAITING, Alert, Basket, Fired, Words
from cases.workflow import OPEN
from detect.queue import Place
from features.catalogue import Grain

PER_PAGE = 50
UNKNOWN = "-"
"""Stands for a value that is not on record, and for no owner, in filters and in the address."""

SCORE_ONLY = "score"
"""In place of a rule: alerts that no rule raised, only the rarity of their prices."""

ASKED_FOR = (Place.QUEUE.value, Place.AUDIT.value)
PLACES = (*(p.value for p in Place), GONE)

Column = InstrumentedAttribute[Any]
LISTED: dict[str, Column] = {
    "region": Alert.region,
    "category": Alert.category,
    "mechanism": Alert.mechanism,
    "buyer": Alert.buyer_name,
    "owner": Alert.owner,
}
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
"""So many alerts or fewer are looked up by their rule and then sorted, instead of the other way round."""


SAMPLE = 2_000
"""Alerts of which the share that a word matches is guessed."""


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
    case_id: str | None = None
    hidden: Hidden = Hidden.NO
    order: str = "worst"

    def __post_init__(self) -> None:
        if self.order not in ORDERS:
            raise ValueError(f"There is no order {self.order!r}; there are {', '.join(ORDERS)}.")
        if unknown := sorted(set(self.listed) - set(LISTED)):
            raise ValueError(f"There is no filter {unknown}; there are {', '.join(LISTED)}.")

    @property
    def only_open(self) -> bool:
        """Whether no closed alert is asked for."""
        return set(self.states) <= {s.value for s in OPEN}


def page(
    session: Session, asked: Asked, number: int = 1, *, per_page: int = PER_PAGE, at: datetime | None = None
) -> list[Alert]:
    """One page of the queue, from 1."""
    at = at or datetime.now(UTC)
    wanted = (
        select(Alert)
        .where(*matching(session, asked, at), *_standing(asked), *_in_sight(asked, at))
        .order_by(*ORDERS[asked.order], Alert.id)
        .limit(per_page)
        .offset((number - 1) * per_page)
    )
    if asked.levels:
        wanted = wanted.where(one_of(Alert.level, asked.levels))
    return list(session.scalars(wanted))


def choices(session: Session, name: str, grains: tuple[str, ...] = (), most: int = 500) -> dict[str, int]:
    """Values of a listed column with their numbers of alerts, the most frequent first."""
    column = LISTED[name]
    counted = select(column, func.count()).group_by(column).order_by(func.count().desc(), column).limit(most)
    counted = counted.where(one_of(Alert.grain, grains)) if grains else counted
    return {UNKNOWN if value is None else value: n for value, n in session.execute(counted)}


def matching(session: Session, asked: Asked, at: datetime) -> list[ColumnElement[bool]]:
    """Conditions about what an alert is, apart from level, state, place and sight."""
    return [
        *([one_of(Alert.grain, asked.grains)] if asked.grains else []),
        *([_any_rule(session, asked.rules)] if asked.rules else []),
        *(_listed(LISTED[name], values) for name, values in asked.listed.items() if values),
        *([_mentions(session, asked.text)] if asked.text.split() else []),
        *([Alert.raised_at <= at - asked.older_than] if asked.older_than else []),
        *([and_(Alert.due_at < at, Alert.closed_at.is_(None))] if asked.overdue else []),
        *([Alert.proposed.is_not(None)] if asked.awaiting else []),
        *([Alert.case_id == asked.case_id] if asked.case_id else []),
        *([Alert.id.in_(_basket(asked.basket_of))] if asked.basket_of else []),
    ]


def _standing(asked: Asked) -> list[ColumnElement[bool]]:
    """Conditions on state and place; the everyday queue is put as its indexes put it."""
    states = [one_of(Alert.state, asked.states)] if asked.states else []
    if asked.only_open and set(asked.places) == set(ASKED_FOR):
        return [literal_column(f"({WAITING})"), *states]
    is_open = [Alert.closed_at.is_(None)] if asked.only_open else []
    return [*is_open, *states, *([one_of(Alert.place, asked.places)] if asked.places else [])]


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


def _listed(column: Column, values: tuple[str, ...]) -> ColumnElement[bool]:
    known = tuple(v for v in values if v != UNKNOWN)
    wanted = [
        *([one_of(column, known)] if known else []),
        *([column.is_(None)] if UNKNOWN in values else []),
    ]
    return or_(*wanted)


def _any_rule(session: Session, rules: tuple[str, ...]) -> ColumnElement[bool]:
    """Walk the queue and ask each alert, or look up the alerts of rare rules: whichever is less work."""
    speaking = Fired.rule_id.in_(rules)
    counted = select(func.count()).select_from(select(1).where(speaking).limit(FEW + 1).subquery())
    few = (session.scalar(counted) or 0) <= FEW
    asked = select(Fired.alert_id).where(speaking)
    found = Alert.id.in_(asked) if few else asked.where(Fired.alert_id == Alert.id).exists()
    if SCORE_ONLY not in rules:
        return found
    return or_(found, not_(select(1).where(Fired.alert_id == Alert.id).exists()) & (Alert.level > 0))


def _mentions(session: Session, text: str) -> ColumnElement[bool]:
    """All words of a text, in any order; a search for what is common walks the queue instead."""
    position = func.strpos if session.get_bind().dialect.name == "postgresql" else func.instr
    said = and_(*(position(Words.words, word) > 0 for word in text.lower().split()))
    sample = select(Words.words).limit(SAMPLE).subquery()
    in_sample = and_(*(position(sample.c.words, word) > 0 for word in text.lower().split()))
    common = (session.scalar(select(func.count()).select_from(sample).where(in_sample)) or 0) > SAMPLE // 100
    asked = select(Words.alert_id).where(said)
    return asked.where(Words.alert_id == Alert.id).exists() if common else Alert.id.in_(asked)


def _basket(person: str) -> Select[Any]:
    return select(Basket.alert_id).where(Basket.person == person)
