"""Whose an alert is, until when it is put off, and when it is due."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from app_pages import acting
from app_pages.desk import database, midnight
from app_pages.words import Words
from cases import desk as acts
from cases.desk import Detail
from cases.people import Actor
from cases.roles import May
from records.visible import visible


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
    with st.form(acting.field("snooze", a)):
        day = st.date_input(w("handle.until"), (today + timedelta(days=7)).date())
        said = st.text_input(w("act.words"))
        if st.form_submit_button(w("bulk.snooze")):
            until = midnight(day)
            acting.attempt(
                w, lambda: acts.snooze(database(), person.name, a.id, acting.seen(a), until, said),
                w("handle.snoozed"), at="later",
            )  # fmt: skip
        if a.snoozed_until and a.snoozed_until > today and st.form_submit_button(w("handle.wake")):
            acting.attempt(
                w,
                lambda: acts.wake(database(), person.name, a.id, acting.seen(a)),
                w("handle.woken"),
                at="later",
            )
    acting.show_done(w, "later")
    with st.form(acting.field("due", a)):
        day = st.date_input(w("queue.due"), (a.due_at or today + timedelta(days=7)).date())
        said = st.text_input(w("act.words"))
        if st.form_submit_button(w("handle.save")):
            at = midnight(day)
            acting.attempt(
                w,
                lambda: acts.due(database(), person.name, a.id, acting.seen(a), at, said),
                w("handle.due_set"),
                at="due",
            )
    acting.show_done(w, "due")
