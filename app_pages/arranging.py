"""Whose an alert is, until when it is put off, and when it is due."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import streamlit as st

from app_pages import acting
from app_pages.desk import database, date_of, midnight, moment
from app_pages.words import Words
from cases import desk as acts
from cases.desk import Detail
from cases.people import Actor
from cases.roles import May
from cases.tables import Alert
from detect.terms import Level
from records.visible import visible

WEEK = timedelta(days=7)


def assign(w: Words, person: Actor, found: Detail, _: object) -> None:
    """Give the alert to somebody who works on alerts."""
    a = found.alert
    working = acts.working(database())
    if not person.may(May.ASSIGN_OTHERS):
        working = {n: s for n, s in working.items() if n == person.name}
    to = st.selectbox(w("handle.to"), list(working), format_func=lambda n: visible(working[n]))
    said = st.text_input(w("act.words"), key=acting.field("assign_words", a))
    if to and st.button(w("handle.save"), key="assign_save"):
        acting.attempt(
            w,
            lambda: acts.assign(database(), person.name, a.id, acting.seen(a), to, said),
            w("handle.assigned"),
            at="assign",
            fresh=True,
        )


def later(w: Words, person: Actor, found: Detail, _: object) -> None:
    """Put the alert off until a day, or set another due date."""
    a, today = found.alert, datetime.now(UTC)
    _put_off(w, person, a, today)
    if a.snoozed_until and a.snoozed_until > today and st.button(w("handle.wake")):
        acting.attempt(
            w, lambda: acts.wake(database(), person.name, a.id, acting.seen(a)), w("handle.woken"), at="later"
        )
    acting.show_done(w, "later")
    with st.form(acting.field("due", a), enter_to_submit=False):
        day = st.date_input(w("queue.due"), (a.due_at or today + WEEK).date())
        said = st.text_input(w("arrange.why"))
        if st.form_submit_button(w("handle.save")):
            at = midnight(day)
            _with_words(
                w, said, lambda: acts.due(database(), person.name, a.id, acting.seen(a), at, said),
                w("handle.due_set"), "due",
            )  # fmt: skip
    acting.show_done(w, "due")


def _put_off(w: Words, person: Actor, a: Alert, today: datetime) -> None:
    """Put it off as long as this person alone may; what takes a second person is said."""
    if a.level >= Level.RED:
        st.caption(w("arrange.red", due=moment(a.due_at)[:16] or w("value.unknown")))
    last = date_of(acts.off_until(database(), person.name, a))
    if midnight(last) <= today:
        return
    with st.form(acting.field("snooze", a), enter_to_submit=False):
        first = date_of(today)
        day = st.date_input(w("handle.until"), min(date_of(today + WEEK), last), first, last)
        said = st.text_input(w("arrange.why"))
        if st.form_submit_button(w("bulk.snooze")):
            until = midnight(day)
            _with_words(
                w, said, lambda: acts.snooze(database(), person.name, a.id, acting.seen(a), until, said),
                w("handle.snoozed"), "later",
            )  # fmt: skip


def _with_words(w: Words, said: str, act: Callable[[], object], done: str, at: str) -> None:
    if said.strip():
        acting.attempt(w, act, done, at=at)
    else:
        acting.warn(w("act.words_first"))
