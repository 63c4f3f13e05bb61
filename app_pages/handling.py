"""What people do with one alert: where it stands, what can be done next, and what was done, in order."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zlib import crc32

import streamlit as st

from app_pages import acting, adding, arranging, deciding, explaining
from app_pages.desk import Desk, Seen, database, moment
from app_pages.markup import draw, fill, table, tiles
from app_pages.who import may_not
from app_pages.words import Words, keyed
from cases import desk as acts
from cases.desk import Detail
from cases.people import Actor
from cases.roles import May
from cases.tables import Alert
from cases.workflow import OPEN, State
from detect.explanation import Explanation, Party
from features.catalogue import Grain
from records.tables import Market
from records.visible import visible

NEIGHBOURS = "queue_subjects"
"""Where the queue keeps the subjects of its page, so that a case knows its neighbours."""

Story = Explanation | Party
Form = Callable[[Words, Actor, Detail, Story], None]

VALUE = "value"
"""The form that explains a shared value once for all."""

_WHAT, _RULE = "what_to_do", "what_about"


def found(tender_id: str) -> Detail | None:
    """What the desk knows of the alert about a tender; None where it has none."""
    number = acts.found(database(), Grain.TENDER.value, tender_id)
    return None if number is None else acts.detail(database(), number)


def panel(
    w: Words, person: Actor, known: Detail | None, story: Explanation, seen: Seen, market: Market
) -> None:
    """Draw, beside the case, where its alert stands and what the person may do with it."""
    _from_the_top(story.tender_id)
    _neighbours(w, story.tender_id)
    if known is None:
        st.caption(w("handle.not_on_desk"))
        return
    link: Form = partial(deciding.duplicate, market, seen.sealed)
    value: Form = partial(_value, seen.desk)
    forms = {"decide": deciding.decide, "duplicate": link, **_FORMS}
    if person.may(May.SUPPRESS):
        forms |= {"explain": explaining.finding, VALUE: value}
    _at_hand(w, person, known, story, forms)


def party_panel(w: Words, person: Actor, known: Detail, party: Party) -> None:
    """The same beside a party: all but what concerns one tender."""
    forms = {"decide": deciding.decide, **_FORMS}
    del forms["committee"]
    _at_hand(w, person, known, party, forms)


def history(w: Words, known: Detail) -> None:
    """Draw what was done with the alert, the newest first."""
    st.subheader(w("handle.history", n=len(known.events)))
    rows = [
        (moment(e.at), visible(e.actor), _what(w, e.kind, e.detail), visible(e.text or ""))
        for e in reversed(known.events)
    ]
    draw(table([w("act.at"), w("act.who"), w("act.what"), w("act.said")], rows))


def _what(w: Words, kind: str, detail: Mapping[str, Any]) -> str:
    """What was done, with the state that it led to and to whom it went."""
    changes, said = detail.get("changes", {}), w(f"event.{kind}")
    after = {name: new for name, (_, new) in changes.items()}
    proposed = (after.get("proposed") or {}).get("state")
    led_to = [w(f"state.{s}") for s in (after.get("state"), proposed) if s]
    to = [visible(str(detail["to"]))] if "to" in detail else []
    return f"{said}: {', '.join([*led_to, *to])}" if led_to or to else said


def _from_the_top(subject: str) -> None:
    """Let another case begin at its top; the page keeps its place while one case is worked on."""
    st.html(_TO_THE_TOP.replace("CASE", json.dumps(crc32(subject.encode()))), unsafe_allow_javascript=True)


_TO_THE_TOP = """<script>
if (window.bidlensCase !== CASE) {
  window.bidlensCase = CASE;
  document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
}
</script>"""


def _neighbours(w: Words, subject: str) -> None:
    subjects: list[str] = st.session_state.get(NEIGHBOURS, [])
    if subject not in subjects:
        return
    at = subjects.index(subject)
    with st.container(horizontal=True):
        for word, key, to in (("handle.previous", "p", at - 1), ("handle.next", "n", at + 1)):
            inside = 0 <= to < len(subjects)
            if st.button(w(word), shortcut=key, disabled=not inside):
                st.query_params["tender"] = subjects[to]
                st.rerun()
        st.caption(w("handle.place", at=at + 1, n=len(subjects)))


def _standing(w: Words, found: Detail) -> None:
    a = found.alert
    now, unknown = datetime.now(UTC), w("queue.nobody")
    overdue = a.due_at is not None and a.due_at < now
    hidden = max((t for t in (a.snoozed_until, a.suppressed_until) if t and t > now), default=None)
    draw(
        tiles(
            [
                (
                    w("queue.state"),
                    w("state.proposed" if a.proposed else f"state.{a.state}"),
                    acting.reasons(w, State(a.state)).get(a.reason or "", ""),
                ),
                (w("queue.owner"), visible(a.owner or unknown), ""),
                (w("handle.closed"), moment(a.closed_at)[:10], "")
                if a.closed_at
                else (
                    w("queue.due"),
                    moment(a.due_at)[:10] or w("value.unknown"),
                    w("handle.overdue") if overdue else "",
                ),
                (w("handle.raised"), moment(a.raised_at)[:10], w("handle.days", n=(now - a.raised_at).days)),
                *([(w("handle.hidden"), moment(hidden)[:10], "")] if hidden else []),
            ]
        )
    )
    if a.determination:
        draw(
            fill(
                '<div class="innocent"><b>{name}</b>{text}</div>',
                name=w("handle.determination"),
                text=visible(a.determination),
            )
        )


def _at_hand(w: Words, person: Actor, known: Detail, story: Story, forms: Mapping[str, Form]) -> None:
    acting.catch_up(w, known)
    _standing(w, known)
    if person.may(May.WORK):
        _acts(w, person, known, story, forms)
    else:
        st.caption(may_not(w, person, May.WORK))
    acting.show_done(w)


def _acts(w: Words, person: Actor, found: Detail, story: Story, forms: Mapping[str, Form]) -> None:
    acting.show_done(w, "second")
    if found.alert.proposed is not None:
        deciding.second_person(w, person, found.alert)
    _quick(w, person, found.alert)
    acting.show_done(w, "quick")
    chosen = st.selectbox(
        w("handle.what"), list(forms), format_func=lambda n: w(f"handle.{n}"), key=_what_key(w, found.alert)
    )
    forms[chosen](w, person, found, story)
    acting.show_done(w, chosen)


def choose(w: Words, what: str, rule_id: str) -> None:
    """Open one of the forms from elsewhere on the page, where a rule is told of."""
    st.session_state[keyed(w, _WHAT)], st.session_state[_RULE] = what, rule_id


def _what_key(w: Words, a: Alert) -> str:
    """Cases keep what was chosen from one to the next; parties have fewer forms and a choice of their own."""
    return keyed(w, _WHAT if a.grain == Grain.TENDER else f"{_WHAT}_{a.grain}")


def _quick(w: Words, person: Actor, a: Alert) -> None:
    with st.container(horizontal=True):
        waiting = State(a.state) in {State.NEW, State.ASSIGNED} or a.owner is None
        if State(a.state) in OPEN and waiting and st.button(w("bulk.take"), shortcut="t", type="primary"):
            acting.attempt(
                w,
                lambda: acts.take(database(), person.name, a.id, acting.seen(a)),
                w("handle.taken"),
                at="quick",
            )
        if a.grain == Grain.TENDER and st.button(w("bulk.basket"), shortcut="b"):
            acting.attempt(
                w,
                lambda: acts.put_aside(database(), person.name, [a.id]),
                w("bulk.put_aside", n=1),
                at="quick",
            )


def _value(desk: Desk, w: Words, person: Actor, found: Detail, story: Story) -> None:
    fired = [f.rule_id for f in story.findings]
    asked = st.session_state.get(_RULE)
    explaining.value(w, person, found, desk, [asked, *fired] if asked in fired else fired)


_FORMS: dict[str, Form] = {
    "note": adding.note, "readings": adding.readings,
    "statement": adding.statement, "committee": deciding.committee, "files": adding.files,
    "assign": arranging.assign, "later": arranging.later,
}  # fmt: skip
"""What a person can choose to do, in the order of the choice."""
