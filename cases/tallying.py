"""How much of the desk matches what was asked for, how much of it is not shown, and why."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, literal_column, select, true
from sqlalchemy.orm import Session

from cases.search import PER_PAGE, Asked, Filter, Hidden, filters, fitting, later, one_of, seen
from cases.tables import GONE, HIDDEN, Alert, Standing
from cases.workflow import OPEN, State
from detect.queue import Place

COUNTED = 10_000
"""Where filters narrow the queue, so many matches are counted and no more."""

_TALLIED = ("place", "state", "level", "suppressed", "snoozed")
Groups = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Tally:
    """How many alerts match, and how many of all are not shown, and why.

    * `shown`: on all pages together.
    * `by_level`, `by_state`: as if no level, or no state, had been chosen.
    * `hidden`: by the first reason that holds: `closed`, `gone`, `left out`, `suppressed`, `snoozed`,
      `sealed` where the reader must not know of them yet, or `chosen` where the reader's own choice leaves
      them out.
    * `more`: more than `COUNTED` are shown; the numbers are of so many of them, and the truth is larger.

    Where more than `COUNTED` match, `hidden` tells of so many of them.
    """

    shown: int
    by_level: dict[int, int]
    by_state: dict[str, int]
    hidden: dict[str, int]
    more: bool = False

    @property
    def n_pages(self) -> int:
        """Pages that they fill, at least one."""
        return max(1, -(-self.shown // PER_PAGE))


def tally(session: Session, asked: Asked, *, at: datetime | None = None) -> Tally:
    """Counts of alerts, by what is shown and what is not."""
    at = at or datetime.now(UTC)
    put_off = [later(c, at) for c in (Alert.suppressed_until, Alert.snoozed_until)]
    key = (Alert.place, Alert.state, Alert.level, *(case((p, 1), else_=0) for p in put_off))
    if not _narrows(asked):
        everything = [*_standings(session, asked), *_out_of_sight(session, asked, key)]
        untold = _unopened(session, asked, key)
        found = _tallied(asked, [*everything, *untold])
        return _with_more(found, "sealed", -sum(g[-1] for g in untold))
    narrow = filters(session, asked, at)
    groups = _passing(session, asked, narrow, key, [])
    matched = sum(g[-1] for g in groups)
    tallied = _tallied(asked, groups)
    if matched <= COUNTED:
        return _with_more(tallied, "chosen", sum(g[-1] for g in _standings(session, asked)) - matched)
    shown = _passing(session, asked, narrow, key, fitting(asked, at))
    more = sum(g[-1] for g in shown) > COUNTED
    return replace(_tallied(asked, shown), hidden=tallied.hidden, more=more)


def standing(session: Session, person: str, unopened: tuple[str, ...] = ()) -> dict[str, int]:
    """Alerts of tenders that wait (`open`), are closed, were decided by a person, and all there are."""
    everything = Asked(states=tuple(State), places=(), hidden=Hidden.ANY, unopened=unopened)
    of_all = tally(session, everything)
    return {
        "open": tally(session, Asked(unopened=unopened)).shown,
        "closed": sum(n for state, n in of_all.by_state.items() if State(state) not in OPEN),
        "decided": tally(session, replace(everything, decided_by=person)).shown,
        "all": of_all.shown,
    }


def _passing(
    session: Session,
    asked: Asked,
    found: list[Filter],
    key: tuple[Any, ...],
    fits: list[ColumnElement[bool]],
) -> Groups:
    """Alerts that pass all filters, one more than `COUNTED` at most, by `_TALLIED`."""
    rarest, *rest = sorted(found, key=lambda f: f.n)
    among = rarest.among.subquery()
    named: list[Any] = [column.label(name) for column, name in zip(key, _TALLIED, strict=True)]
    conditions = [c.is_(true()) for c in seen(asked)]  # this and the sum let the rarest filter lead
    passing = select(Alert.id, *named).join(among, Alert.id == among.c.id + 0)
    some = (
        passing.where(*conditions, *(f.holds for f in rest), *fits).distinct().limit(COUNTED + 1).subquery()
    )
    each = [some.c[name] for name in _TALLIED]
    return [tuple(g) for g in session.execute(select(*each, func.count()).group_by(*each))]


def _with_more(found: Tally, why: str, n: int) -> Tally:
    """The same, with so many more that are not shown for a reason."""
    return replace(found, hidden={**found.hidden, why: found.hidden.get(why, 0) + n}) if n else found


def _unopened(session: Session, asked: Asked, key: tuple[Any, ...]) -> Groups:
    """Tenders of which nothing may be told yet, as what has to be taken off."""
    if not asked.unopened:
        return []
    counted = select(*key, func.count()).where(Alert.subject_id.in_(asked.unopened)).group_by(*key)
    counted = counted.where(one_of(Alert.grain, asked.grains)) if asked.grains else counted
    return [(*row[:-1], -row[-1]) for row in session.execute(counted)]


def _narrows(asked: Asked) -> bool:
    """Whether anything but level, state, place and sight is asked for."""
    chosen = (asked.rules, asked.text, asked.older_than, asked.overdue, asked.awaiting, asked.basket_of,
              asked.decided_by)  # fmt: skip
    return any(chosen) or any(asked.listed.values()) or bool(asked.case_id)


def _standings(session: Session, asked: Asked) -> Groups:
    counted = select(Standing.place, Standing.state, Standing.level, literal(0), literal(0), Standing.n)
    counted = counted.where(one_of(Standing.grain, asked.grains)) if asked.grains else counted
    return [tuple(row) for row in session.execute(counted)]


def _out_of_sight(session: Session, asked: Asked, key: tuple[Any, ...]) -> Groups:
    """Alerts out of sight now, and the same number off those of which the standings do not know it."""
    counted = select(*key, func.count()).where(literal_column(f"({HIDDEN})")).group_by(*key)
    counted = counted.where(one_of(Alert.grain, asked.grains)) if asked.grains else counted
    found = [tuple(row) for row in session.execute(counted)]
    return [row for g in found if g[3] or g[4] for row in (g, (*g[:3], 0, 0, -g[5]))]


def _tallied(asked: Asked, groups: Groups) -> Tally:
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
    return Tally(shown, _present(by_level), _present(by_state), _present(hidden))


def _why(asked: Asked, place: str, state: str, suppressed: bool, snoozed: bool) -> str:
    reasons = {
        "closed": State(state) not in OPEN and state not in asked.states,
        GONE: place == GONE and GONE not in asked.places,
        Place.LEFT_OUT.value: place == Place.LEFT_OUT and place not in asked.places,
        "suppressed": suppressed,
        "snoozed": snoozed,
    }
    return next((name for name, holds in reasons.items() if holds), "chosen")


def _present(counts: dict[Any, int]) -> dict[Any, int]:
    return {name: n for name, n in counts.items() if n}
