"""Seeing what is masked: asked for with a reason, which goes to the audit log before anything is shown."""

import streamlit as st

from app_pages.desk import database
from app_pages.who import actor, may_not, needs
from app_pages.words import Words
from cases.audit import append
from cases.database import writing
from cases.roles import May

SHORTEST = 6
"""Characters of a reason."""


def unmasked(w: Words, act: May, subject: str) -> bool:
    """Whether the person at the screen has given a reason to see this in this visit."""
    person = actor(w)
    return person.may(act) and _key(act, subject, person.name) in st.session_state


def offer(w: Words, act: May, subject: str, what: str) -> None:
    """Say that something is masked; let those who may see it give a reason.

    Args:
        w: words.
        act: `UNMASK` or `SEE_SEALED`.
        subject: tender or party.
        what: sentence that says what is masked.

    """
    person = actor(w)
    with st.container(border=True):
        st.write(f"◩ {what}")
        if not person.may(act):
            st.caption(may_not(w, person, act))
            return
        with st.form(f"unmask_{act.value}", border=False, enter_to_submit=False):
            asked, sent = st.columns([5, 1], vertical_alignment="bottom")
            reason = asked.text_input(w("mask.reason"), max_chars=300, placeholder=w("mask.reason_hint"))
            if sent.form_submit_button(w("mask.show"), width="stretch"):
                _show(w, act, subject, reason.strip())


def _show(w: Words, act: May, subject: str, reason: str) -> None:
    person = needs(w, act)
    if len(reason) < SHORTEST:
        st.warning(w("mask.too_short", n=SHORTEST))
        return
    action = "personal.unmask" if act == May.UNMASK else "sealed.view"
    with writing(database()) as session:
        append(session, person.name, action, subject, reason=reason, role=person.role.value)
    st.session_state[_key(act, subject, person.name)] = True
    st.rerun()


def _key(act: May, subject: str, name: str) -> str:
    return f"unmasked {act.value} {name} {subject}"
