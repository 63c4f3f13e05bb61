"""The queue's filters in the address bar: widgets that ask, and what they ask for."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages import address
from app_pages.markup import level_word
from app_pages.words import Words
from cases.people import Actor
from cases.search import LISTED, ORDERS, SCORE_ONLY, UNKNOWN, Asked, Hidden
from cases.tables import GONE
from cases.workflow import OPEN, State
from detect.queue import Place
from detect.rule import Level, all_rules

LEVELS = {"RED": Level.RED, "ORANGE": Level.ORANGE, "YELLOW": Level.YELLOW, "audit": 0}
PLACES = {
    "asked": (Place.QUEUE.value, Place.AUDIT.value),
    "audit": (Place.AUDIT.value,),
    "left_out": (Place.LEFT_OUT.value,),
    "gone": (GONE,),
    "all": (),
}
SHOWN: dict[str, tuple[str, ...]] = {
    "open": (),
    "closed": tuple(s.value for s in State if s not in OPEN),
    "decided": tuple(State),
    "all": tuple(State),
}
"""What to show by how far people are with it, as states; open alerts, unless somebody says otherwise."""

AGES = {"any": 0, "7": 7, "30": 30, "90": 90}
ONLY = ("mine", "overdue", "awaiting", "basket")
NAMES = ("show", "q", "level", "rule", "state", *LISTED, "order", "place", "hidden", "age", "only")
"""Every parameter of the address that says what to show."""


def ask(
    w: Words, person: Actor, known: dict[str, list[str]], standing: dict[str, int]
) -> tuple[Asked, DeltaGenerator]:
    """Draw the filters; gives what they ask for, and a place beside them.

    `known` are the values of the listed columns, `standing` how many alerts each of `SHOWN` has.
    """
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        show = address.segment(
            "show", w("queue.show"), list(SHOWN), lambda x: f"{w(f'show.{x}')} {standing[x]:,}"
        )
    beside = right.container(horizontal=True, horizontal_alignment="right")
    row = st.columns([2.2, 1.4, 2.2, 1.7, 1.5], vertical_alignment="bottom")
    with row[0]:
        said = address.text("q", w("queue.search"), w("queue.search_hint"))
    with row[1]:
        levels = _many(w, "level", list(LEVELS), lambda x: _level(w, x))
    with row[2]:
        titles = rule_titles(w)
        rules = _many(w, "rule", list(titles), lambda x: titles[x] if x == SCORE_ONLY else f"{x} {titles[x]}")
    with row[3]:
        only = _many(w, "only", list(ONLY), lambda x: w(f"only.{x}"))
    with row[4]:
        order = address.one("order", w("queue.order"), list(ORDERS), lambda x: w(f"order.{x}"))
    with st.expander(w("queue.more"), expanded=any(n in st.query_params for n in _MORE)):
        listed, one = _listed(w, known), _one(w, wide=show != "open")
    if "mine" in only:
        listed["owner"] = (person.name,)
    asked = Asked(
        levels=tuple(int(LEVELS[x]) for x in levels),
        rules=tuple(rules),
        states=listed.pop("state") or SHOWN[show],
        places=PLACES[one["place"]],
        listed=listed,
        text=said,
        older_than=timedelta(days=AGES[one["age"]]) if AGES[one["age"]] else None,
        overdue="overdue" in only,
        awaiting="awaiting" in only,
        basket_of=person.name if "basket" in only else None,
        decided_by=person.name if show == "decided" else None,
        hidden=Hidden(one["hidden"]),
        order=order,
    )
    return asked, beside


_MORE = ("state", *LISTED, "place", "hidden", "age")


def _listed(w: Words, known: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Choices of several values of a column, and of states."""
    found = {}
    for place, name in zip(st.columns(len(LISTED) + 1), ("state", *LISTED), strict=True):
        options = [s.value for s in State] if name == "state" else known[name]
        with place:
            found[name] = tuple(_many(w, name, options, partial(listed_word, w, name)))
    return found


def _one(w: Words, *, wide: bool) -> dict[str, str]:
    """Choices of which one holds at a time; `wide` begins with alerts from anywhere and in any sight."""
    found = {}
    options: dict[str, tuple[list[str], Callable[[str], str]]] = {
        "place": (_first("all", PLACES) if wide else list(PLACES), lambda x: w(f"place.{x}")),
        "hidden": (_first("any", Hidden) if wide else list(Hidden), lambda x: w(f"hidden.{x}")),
        "age": (list(AGES), lambda x: w(f"age.{x}")),
    }
    for place, (name, (values, show)) in zip(st.columns(len(options)), options.items(), strict=True):
        with place:
            found[name] = address.one(name, w(f"queue.{name}"), values, show)
    return found


def _first(name: str, options: Iterable[str]) -> list[str]:
    return [name, *(o for o in options if o != name)]


def rule_titles(w: Words) -> dict[str, str]:
    """What each rule is called, and the alerts that no rule raised."""
    titles = {r.id: (r.zh if w.lang == "zh" else r.en).title for r in all_rules().values()}
    return {**titles, SCORE_ONLY: w("queue.score_only")}


def listed_word(w: Words, name: str, value: str) -> str:
    """A value of a listed column as it reads."""
    if value == UNKNOWN:
        return w("queue.nobody" if name == "owner" else "value.unknown")
    return w.value(name, value)


def _many(w: Words, name: str, options: list[str], show: Callable[[str], str]) -> list[str]:
    return address.many(name, w(f"queue.{name}"), options, show, w("queue.any"))


def _level(w: Words, name: str) -> str:
    return w("place.audit") if name == "audit" else level_word(Level[name], w)
