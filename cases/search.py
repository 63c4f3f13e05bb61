"""The queue: what to show of the desk's alerts, in which order, one page at a time, and what is not shown.

Filters, orders and pages are SQL, so that a million alerts stay quick. The everyday queue (`WAITING`) has an
index for each order.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, UnaryExpression, and_, case, func, not_, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from cases.tables import GONE, WAITING, Alert, Basket, Fired
from cases.workflow import OPEN, State
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
    at_least: float | None = None
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


@dataclass(frozen=True)
class Tally:
    """How many alerts match, and how many of those that do are not shown, and why.

    * `shown`: on all pages together.
    * `by_level`, `by_state`: as if no level, or no state, had been chosen.
    * `hidden`: by the first reason that holds: `closed`, `gone`, `left out`, `suppressed`, `snoozed`, or
      `chosen` where the reader's own choice of states, places or levels leaves them out.
    """

    shown: int
    by_level: dict[int, int]
    by_state: dict[str, int]
    hidden: dict[str, int]

    @property
    def n_pages(self) -> int:
        """Pages that they fill, at least one."""
        return max(1, -(-self.shown // PER_PAGE))


def page(
    session: Session, asked: Asked, number: int = 1, *, per_page: int = PER_PAGE, at: datetime | None = None
) -> list[Alert]:
    """One page of the queue, from 1."""
    at = at or datetime.now(UTC)
    wanted = (
        select(Alert)
        .where(*_matching(session, asked, at), *_standing(asked), *_in_sight(asked, at))
        .order_by(*ORDERS[asked.order], Alert.id)
        .limit(per_page)
        .offset((number - 1) * per_page)
    )
    if asked.levels:
        wanted = wanted.where(_one_of(Alert.level, asked.levels))
    return list(session.scalars(wanted))


def tally(session: Session, asked: Asked, *, at: datetime | None = None) -> Tally:
    """Counts of everything that matches, by what is shown and what is not."""
    at = at or datetime.now(UTC)
    put_off = _later(Alert.suppressed_until, at), _later(Alert.snoozed_until, at)
    key = (Alert.place, Alert.state, Alert.level, *(case((p, 1), else_=0) for p in put_off))
    grouped = select(*key, func.count()).where(*_matching(session, asked, at)).group_by(*key)
    return _tallied(asked, [tuple(row) for row in session.execute(grouped)])


def choices(session: Session, name: str, grains: tuple[str, ...] = (), most: int = 500) -> dict[str, int]:
    """Values of a listed column with their numbers of alerts, the most frequent first."""
    column = LISTED[name]
    counted = select(column, func.count()).group_by(column).order_by(func.count().desc(), column).limit(most)
    counted = counted.where(_one_of(Alert.grain, grains)) if grains else counted
    return {UNKNOWN if value is None else value: n for value, n in session.execute(counted).tuples()}


def _matching(session: Session, asked: Asked, at: datetime) -> list[ColumnElement[bool]]:
    """Conditions about what an alert is, apart from level, state, place and sight."""
    return [
        *([_one_of(Alert.grain, asked.grains)] if asked.grains else []),
        *([_any_rule(session, asked.rules)] if asked.rules else []),
        *(_listed(LISTED[name], values) for name, values in asked.listed.items() if values),
        *(_mentions(word) for word in asked.text.split()),
        *([Alert.raised_at <= at - asked.older_than] if asked.older_than else []),
        *([Alert.estimate >= asked.at_least] if asked.at_least is not None else []),
        *([and_(Alert.due_at < at, Alert.closed_at.is_(None))] if asked.overdue else []),
        *([Alert.proposed.is_not(None)] if asked.awaiting else []),
        *([Alert.case_id == asked.case_id] if asked.case_id else []),
        *([Alert.id.in_(_basket(asked.basket_of))] if asked.basket_of else []),
    ]


def _standing(asked: Asked) -> list[ColumnElement[bool]]:
    """Conditions on state and place; the everyday queue is put as its indexes put it."""
    states = [_one_of(Alert.state, asked.states)] if asked.states else []
    if asked.only_open and set(asked.places) == set(ASKED_FOR):
        return [text(WAITING), *states]  # type: ignore[list-item]
    is_open = [Alert.closed_at.is_(None)] if asked.only_open else []
    return [*is_open, *states, *([_one_of(Alert.place, asked.places)] if asked.places else [])]


def _in_sight(asked: Asked, at: datetime) -> list[ColumnElement[bool]]:
    snoozed, suppressed = _later(Alert.snoozed_until, at), _later(Alert.suppressed_until, at)
    return {
        Hidden.NO: [not_(snoozed), not_(suppressed)],
        Hidden.SNOOZED: [snoozed],
        Hidden.SUPPRESSED: [suppressed],
        Hidden.ANY: [],
    }[asked.hidden]


def _later(column: Column, at: datetime) -> ColumnElement[bool]:
    return and_(column.is_not(None), column > at)


def _one_of(column: Column, values: tuple[Any, ...]) -> ColumnElement[bool]:
    return column == values[0] if len(values) == 1 else column.in_(values)


def _listed(column: Column, values: tuple[str, ...]) -> ColumnElement[bool]:
    known = tuple(v for v in values if v != UNKNOWN)
    wanted = [
        *([_one_of(column, known)] if known else []),
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


def _mentions(word: str) -> ColumnElement[bool]:
    looked_at = (Alert.title, Alert.buyer_name, Alert.subject_id)
    return or_(*(c.icontains(word, autoescape=True) for c in looked_at))


def _basket(person: str) -> Select[Any]:
    return select(Basket.alert_id).where(Basket.person == person)


def _tallied(asked: Asked, groups: list[tuple[Any, ...]]) -> Tally:
    by_level: dict[int, int] = {}
    by_state: dict[str, int] = {}
    hidden: dict[str, int] = {}
    shown = 0
    for place, state, level, suppressed, snoozed, n in groups:
        fits_level = not asked.levels or level in asked.levels
        fits_state = state in asked.states if asked.states else State(state) in OPEN
        fits = not asked.places or place in asked.places
        fits &= {
            Hidden.NO: not (suppressed or snoozed), Hidden.SNOOZED: bool(snoozed),
            Hidden.SUPPRESSED: bool(suppressed), Hidden.ANY: True,
        }[asked.hidden]  # fmt: skip
        if fits and fits_state:
            by_level[level] = by_level.get(level, 0) + n
        if fits and fits_level:
            by_state[state] = by_state.get(state, 0) + n
        if fits and fits_state and fits_level:
            shown += n
        else:
            why = _why(asked, place, state, bool(suppressed), bool(snoozed))
            hidden[why] = hidden.get(why, 0) + n
    return Tally(shown, by_level, by_state, hidden)


def _why(asked: Asked, place: str, state: str, suppressed: bool, snoozed: bool) -> str:
    reasons = {
        "closed": State(state) not in OPEN and state not in asked.states,
        GONE: place == GONE and GONE not in asked.places,
        Place.LEFT_OUT.value: place == Place.LEFT_OUT and place not in asked.places,
        "suppressed": suppressed,
        "snoozed": snoozed,
    }
    return next((name for name, holds in reasons.items() if holds), "chosen")
