"""What people do with one alert: where it stands, what can be done next, and what was done, in order."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

import streamlit as st

from app_pages import acting, explaining
from app_pages.bulk import ask_state
from app_pages.desk import Desk, database, moment
from app_pages.markup import draw, fill, label, table, tiles
from app_pages.who import may_not
from app_pages.words import Words
from cases import desk as acts
from cases.database import reading
from cases.desk import Detail
from cases.people import Actor, everybody
from cases.roles import ALLOWED, May, Role
from cases.tables import Alert
from cases.workflow import OPEN, State, needs_second
from detect.explanation import Explanation
from features.catalogue import Grain
from records.visible import visible

NEIGHBOURS = "queue_subjects"
"""Where the queue keeps the subjects of its page, so that a case knows its neighbours."""

VALUE = "value"
"""The form that explains a shared value once for all."""

_WHAT, _RULE = "what_to_do", "what_about"


def found(tender_id: str) -> Detail | None:
    """What the desk knows of the alert about a tender; None where it has none."""
    number = acts.found(database(), Grain.TENDER.value, tender_id)
    return None if number is None else acts.detail(database(), number)


def panel(w: Words, person: Actor, known: Detail | None, story: Explanation, desk: Desk) -> None:
    """Draw, beside the case, where its alert stands and what the person may do with it."""
    acting.show_done(w)
    _neighbours(w, story.tender_id)
    if known is None:
        st.caption(w("handle.not_on_desk"))
        return
    acting.catch_up(w, known)
    _standing(w, known)
    if person.may(May.WORK):
        _acts(w, person, known, story, desk)
    else:
        st.caption(may_not(w, person, May.WORK))


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
    overdue = a.due_at is not None and a.closed_at is None and a.due_at < now
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
                (
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


def _acts(w: Words, person: Actor, found: Detail, story: Explanation, desk: Desk) -> None:
    if found.alert.proposed is not None:
        _second_person(w, person, found.alert)
    _quick(w, person, found.alert)
    forms = dict(_FORMS)
    if person.may(May.SUPPRESS):
        forms |= {"explain": explaining.finding, VALUE: partial(_value, desk)}
    chosen = st.selectbox(w("handle.what"), list(forms), format_func=lambda n: w(f"handle.{n}"), key=_WHAT)
    forms[chosen](w, person, found, story)


def choose(what: str, rule_id: str) -> None:
    """Open one of the forms from elsewhere on the page, where a rule is told of."""
    st.session_state[_WHAT], st.session_state[_RULE] = what, rule_id


def _quick(w: Words, person: Actor, a: Alert) -> None:
    with st.container(horizontal=True):
        waiting = State(a.state) in {State.NEW, State.ASSIGNED} or a.owner is None
        if State(a.state) in OPEN and waiting and st.button(w("bulk.take"), shortcut="t", type="primary"):
            acting.attempt(
                w, lambda: acts.take(database(), person.name, a.id, acting.seen(a)), w("handle.taken")
            )
        if st.button(w("bulk.basket"), shortcut="b"):
            acting.attempt(
                w, lambda: acts.put_aside(database(), person.name, [a.id]), w("bulk.put_aside", n=1)
            )


def _second_person(w: Words, person: Actor, a: Alert) -> None:
    proposal = a.proposed or {}
    with st.container(border=True):
        st.subheader(w("handle.second"))
        who, state = visible(str(proposal["by"])), w(f"state.{proposal['state']}")
        draw(fill("<p>{x}</p>", x=w("handle.proposed", who=who, state=state)))
        st.text(visible(str(proposal["text"])))
        said = st.text_area(w("act.words"), key=acting.field("second_words", a))
        own = proposal["by"] == person.name
        if st.button(w("handle.confirm"), disabled=own, help=w("handle.own") if own else None):
            acting.attempt(
                w,
                lambda: acts.confirm(database(), person.name, a.id, acting.seen(a), said),
                w("handle.closed"),
            )
        if st.button(w("handle.reject")):
            acting.attempt(
                w,
                lambda: acts.reject(database(), person.name, a.id, acting.seen(a), said),
                w("handle.rejected"),
            )


def _decide(w: Words, person: Actor, found: Detail, _: Explanation) -> None:
    a = found.alert
    ways = acts.ways(a)
    if not ways:
        st.caption(w("handle.waits"))
        return
    state, code = ask_state(w, ways, acting.field("decide", a))
    said = st.text_area(w("act.words"), help=w("act.words_help"), key=acting.field("decide_words", a))
    if st.button(w("handle.save"), type="primary", shortcut="d", key="decide_save"):
        if state is None:
            st.error(w("act.choose_first"))
            return
        waits = f" – {w('state.proposed')}" if needs_second(a.level, state) else ""
        acting.attempt(
            w,
            lambda: acts.decide(
                database(), person.name, a.id, acting.seen(a), state, reason=code, text=said
            ),
            w("handle.decided", state=w(f"state.{state.value}") + waits),
            fresh=True,
        )  # fmt: skip
    with st.expander(w("handle.duplicate")):
        original = st.text_input(w("handle.original"), key=acting.field("original", a))
        why = st.text_area(w("act.words"), key=acting.field("duplicate_words", a))
        to = acts.found(database(), Grain.TENDER.value, original.strip()) if original.strip() else None
        if original.strip() and to is None:
            st.caption(w("handle.no_original"))
        if to is not None and st.button(w("handle.link")):
            acting.attempt(
                w, lambda: acts.duplicate(database(), person.name, a.id, acting.seen(a), to, why),
                w("handle.linked"),
            )  # fmt: skip


def _note(w: Words, person: Actor, found: Detail, _: Explanation) -> None:
    with st.form(acting.field("note", found.alert), clear_on_submit=True, border=False):
        said = st.text_area(w("handle.note"), help=w("handle.note_help"))
        if st.form_submit_button(w("handle.save")):
            acting.attempt(
                w, lambda: acts.note(database(), person.name, found.alert.id, said), w("handle.noted")
            )


def _readings(w: Words, person: Actor, found: Detail, story: Explanation) -> None:
    st.caption(w("handle.readings_note"))
    for rule_id, (title, innocent) in {f.rule_id: (f.title, f.innocent) for f in story.findings}.items():
        latest = found.readings.get(rule_id)
        with st.form(acting.field(f"reading_{rule_id}", found.alert), clear_on_submit=True):
            draw(fill("<b>{rule} {title}</b><p>{text}</p>", rule=rule_id, title=title, text=innocent))
            if latest is not None:
                now = w(f"reading.{latest.detail['verdict']}")
                said_before = w("handle.reading_now", verdict=now, who=latest.actor)
                draw(fill("<p>{x}</p><p>{text}</p>", x=said_before, text=latest.text or ""))
            verdict = st.radio(
                w("handle.reading"), list(acts.Reading), horizontal=True,
                format_func=lambda x: w(f"reading.{x.value}"),
            )  # fmt: skip
            said = st.text_input(w("act.words"))
            if st.form_submit_button(w("handle.save")):
                acting.attempt(
                    w,
                    lambda r=rule_id, v=verdict, s=said: acts.reading(  # type: ignore[misc]
                        database(), person.name, found.alert.id, r, v, s
                    ),
                    w("handle.reading_saved"),
                )


def _statement(w: Words, person: Actor, found: Detail, story: Explanation) -> None:
    with st.form(acting.field("statement", found.alert), clear_on_submit=True, border=False):
        names = [visible(n) for n in story.bids["name"]]
        firm = st.selectbox(w("handle.firm"), names, accept_new_options=True)
        said = st.text_area(w("handle.statement"), help=w("handle.statement_help"))
        if st.form_submit_button(w("handle.save")):
            acting.attempt(
                w,
                lambda: acts.statement(database(), person.name, found.alert.id, said, by=str(firm or "")),
                w("handle.stated"),
            )


def _committee(w: Words, person: Actor, found: Detail, _: Explanation) -> None:
    a = found.alert
    with st.form(acting.field("committee", a), border=False):
        said = st.text_area(w("handle.determination"), value=a.determination or "")
        st.caption(w("handle.determination_note"))
        if st.form_submit_button(w("handle.save")):
            acting.attempt(
                w, lambda: acts.determine(database(), person.name, a.id, acting.seen(a), said),
                w("handle.determined"),
            )  # fmt: skip


def _files(w: Words, person: Actor, found: Detail, _: Explanation) -> None:
    for file in found.files:
        data = acts.content(database(), file.id) or b""
        draw(fill("<p>{who} · SHA-256 {sha}…</p>", who=file.actor, sha=file.sha256[:12]))
        st.download_button(
            label(file.name), data, file.name, "application/octet-stream", key=f"file_{file.id}"
        )
    with st.form(acting.field("file", found.alert), clear_on_submit=True, border=False):
        given = st.file_uploader(w("handle.file"), max_upload_size=20)
        said = st.text_input(w("act.words"))
        if st.form_submit_button(w("handle.save")) and given is not None:
            name, data = given.name, given.getvalue()
            acting.attempt(
                w, lambda: acts.attach(database(), person.name, found.alert.id, name, data, said),
                w("handle.attached"),
            )  # fmt: skip


def _value(desk: Desk, w: Words, person: Actor, found: Detail, story: Explanation) -> None:
    fired = [f.rule_id for f in story.findings]
    asked = st.session_state.get(_RULE)
    explaining.value(w, person, found, desk, [asked, *fired] if asked in fired else fired)


def _assign(w: Words, person: Actor, found: Detail, _: Explanation) -> None:
    a = found.alert
    with reading(database()) as session:
        working = {
            p.name: p.shown for p in everybody(session) if p.active and May.WORK in ALLOWED[Role(p.role)]
        }
    if not person.may(May.ASSIGN_OTHERS):
        working = {n: s for n, s in working.items() if n == person.name}
    to = st.selectbox(w("handle.to"), list(working), format_func=lambda n: visible(working[n]))
    said = st.text_input(w("act.words"), key=acting.field("assign_words", a))
    if to and st.button(w("handle.save"), key="assign_save"):
        acting.attempt(
            w,
            lambda: acts.assign(database(), person.name, a.id, acting.seen(a), to, said),
            w("handle.assigned"),
            fresh=True,
        )


def _later(w: Words, person: Actor, found: Detail, _: Explanation) -> None:
    a, today = found.alert, datetime.now(UTC)
    with st.form(acting.field("snooze", a)):
        day = st.date_input(w("handle.until"), (today + timedelta(days=7)).date())
        said = st.text_input(w("act.words"))
        if st.form_submit_button(w("bulk.snooze")):
            until = datetime.combine(day, time(), UTC)
            acting.attempt(
                w, lambda: acts.snooze(database(), person.name, a.id, acting.seen(a), until, said),
                w("handle.snoozed"),
            )  # fmt: skip
        if a.snoozed_until and a.snoozed_until > today and st.form_submit_button(w("handle.wake")):
            acting.attempt(
                w, lambda: acts.wake(database(), person.name, a.id, acting.seen(a)), w("handle.woken")
            )
    with st.form(acting.field("due", a)):
        day = st.date_input(w("queue.due"), (a.due_at or today + timedelta(days=7)).date())
        said = st.text_input(w("act.words"))
        if st.form_submit_button(w("handle.save")):
            at = datetime.combine(day, time(), UTC)
            acting.attempt(
                w,
                lambda: acts.due(database(), person.name, a.id, acting.seen(a), at, said),
                w("handle.due_set"),
            )


_FORMS = {
    "decide": _decide, "note": _note, "readings": _readings, "statement": _statement, "committee": _committee,
    "files": _files, "assign": _assign, "later": _later,
}  # fmt: skip
"""What a person can choose to do, in the order of the choice."""
