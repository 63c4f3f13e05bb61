"""Following a buyer or a bidder: every new alert about them becomes news for whoever follows."""

from collections.abc import Mapping

import streamlit as st

from app_pages import acting
from app_pages.desk import database
from app_pages.markup import label
from app_pages.words import Words
from cases import desk as acts
from cases.people import Actor
from records.visible import visible

Subject = tuple[str, str]
"""Grain and subject: a buyer by name, a bidder by id."""

_DONE = "follow_done"


def choice(w: Words, person: Actor, subjects: Mapping[Subject, str]) -> None:
    """Draw the buyer and bidders of a page, by what they are called; the chosen ones are followed."""
    if not subjects:
        return
    now = [s for s in acts.followed(database(), person.name) if s in subjects]
    key = f"follow_{hash(tuple(subjects))}"
    st.session_state[key] = now
    named = {s: f"{w(f'follow.{s[0]}')} {visible(name, 60)}" for s, name in subjects.items()}
    st.multiselect(
        w("follow.title"), list(subjects), key=key, help=w("follow.help"), placeholder=w("follow.hint"),
        format_func=named.__getitem__, select_all=False, on_change=_keep, args=(person.name, key, now),
    )  # fmt: skip
    for done, subject in st.session_state.pop(_DONE, []):
        if subject in named:
            acting.confirm(w(f"follow.{done}", who=label(named[subject], 40)))


def _keep(person: str, key: str, before: list[Subject]) -> None:
    chosen: list[Subject] = st.session_state[key]
    begun, ended = set(chosen) - set(before), set(before) - set(chosen)
    for subject in begun:
        acts.follow(database(), person, *subject)
    for subject in ended:
        acts.unfollow(database(), person, *subject)
    st.session_state[_DONE] = [*(("begun", s) for s in begun), *(("ended", s) for s in ended)]
