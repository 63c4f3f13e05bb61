"""Following a buyer or a bidder: every new alert about them becomes news for whoever follows."""

from collections.abc import Mapping

import streamlit as st

from app_pages.desk import database
from app_pages.words import Words
from cases import desk as acts
from cases.people import Actor
from records.visible import visible

Subject = tuple[str, str]
"""Grain and subject: a buyer by name, a bidder by id."""


def choice(w: Words, person: Actor, subjects: Mapping[Subject, str]) -> None:
    """Draw the buyer and bidders of a page, by what they are called; the chosen ones are followed."""
    if not subjects:
        return
    now = [s for s in acts.followed(database(), person.name) if s in subjects]
    key = f"follow_{hash(tuple(subjects))}"
    st.session_state[key] = now
    st.multiselect(
        w("follow.title"), list(subjects), key=key, help=w("follow.help"), placeholder=w("follow.hint"),
        format_func=lambda s: f"{w(f'follow.{s[0]}')} {visible(subjects[s], 60)}",
        on_change=_keep, args=(person.name, key, now),
    )  # fmt: skip


def _keep(person: str, key: str, before: list[Subject]) -> None:
    chosen: list[Subject] = st.session_state[key]
    for subject in set(chosen) - set(before):
        acts.follow(database(), person, *subject)
    for subject in set(before) - set(chosen):
        acts.unfollow(database(), person, *subject)
