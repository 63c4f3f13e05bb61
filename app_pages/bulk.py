"""Acts on several alerts at once: each is checked by itself, and what was refused is said with its reason."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from app_pages import acting
from app_pages.desk import database
from app_pages.markup import draw, table
from app_pages.words import Words
from cases import desk as acts
from cases.people import Actor
from cases.roles import May
from cases.workflow import DISMISSED, State
from records.visible import visible

CLOSINGS = [s for s in State if s in DISMISSED and s is not State.DUPLICATE] + [State.WATCH]


def bar(w: Words, person: Actor, ticked: dict[int, int]) -> None:
    """Draw what can be done with the ticked alerts, given with the versions that are on screen."""
    if not ticked or not person.may(May.WORK):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="bulk"):
        st.markdown(w("bulk.n", n=len(ticked)))
        if st.button(w("bulk.take"), shortcut="t"):
            _all(w, ticked, lambda i, v: acts.take(database(), person.name, i, v))
        if st.button(w("bulk.basket"), shortcut="b"):
            acting.attempt(
                w, lambda: acts.put_aside(database(), person.name, list(ticked)),
                w("bulk.put_aside", n=len(ticked)),
            )  # fmt: skip
        if person.may(May.ASSIGN_OTHERS):
            if st.button(w("bulk.assign"), shortcut="a"):
                _assigning(w, person, ticked)
            if len(ticked) > 1 and st.button(w("bulk.share_out")):
                _sharing_out(w, person, ticked)
        if st.button(w("bulk.dismiss"), shortcut="d"):
            _dismissing(w, person, ticked)
        if st.button(w("bulk.snooze"), shortcut="s"):
            _snoozing(w, person, ticked)


def _assigning(w: Words, person: Actor, ticked: dict[int, int]) -> None:
    @st.dialog(w("bulk.assign"))
    def ask() -> None:
        there = acts.working(database())
        to = st.selectbox(
            w("handle.to"), list(there), index=None, placeholder=w("act.choose"),
            format_func=lambda name: visible(there[name]),
        )  # fmt: skip
        said = st.text_input(w("act.words"))
        if st.button(w("bulk.do", n=len(ticked)), type="primary", disabled=to is None) and to is not None:
            _all(w, ticked, lambda i, v: acts.assign(database(), person.name, i, v, to, said))

    ask()


def _sharing_out(w: Words, person: Actor, ticked: dict[int, int]) -> None:
    @st.dialog(w("bulk.share_out"))
    def ask() -> None:
        there, plan = acts.working(database()), acts.sharing(database(), list(ticked))
        st.write(w("bulk.share_out_help"))
        counts = Counter(plan.values()).most_common()
        draw(table([w("handle.to"), w("bulk.gets")], [(visible(there[name]), n) for name, n in counts]))
        if kept := len(ticked) - len(plan):
            st.caption(w("bulk.kept", n=kept))
        if st.button(w("bulk.do", n=len(plan)), type="primary", disabled=not plan):
            acting.attempt(
                w, lambda: acts.auto_assign(database(), person.name, ticked), w("bulk.shared", n=len(plan))
            )

    ask()


def _dismissing(w: Words, person: Actor, ticked: dict[int, int]) -> None:
    @st.dialog(w("bulk.dismiss"))
    def ask() -> None:
        state, code = ask_state(w, CLOSINGS)
        said = st.text_area(w("act.words"), help=w("act.words_help"))
        st.caption(w("bulk.red_note"))
        ready = state is not None and bool(said.strip())
        if st.button(w("bulk.do", n=len(ticked)), type="primary", disabled=not ready) and state is not None:
            _all(
                w, ticked,
                lambda i, v: acts.decide(database(), person.name, i, v, state, reason=code, text=said),
            )  # fmt: skip

    ask()


def ask_state(w: Words, states: Sequence[State], key: str = "bulk") -> tuple[State | None, str | None]:
    """Draw a choice of states, and of the reason where the state asks for one; nothing is chosen at first."""
    said, choose = acting.state_words(w, states), w("act.choose")
    state = st.selectbox(
        w("act.result"),
        states,
        index=None,
        placeholder=choose,
        format_func=said.__getitem__,
        key=f"state_{key}",
    )
    known = acting.reasons(w, state) if state else {}
    if not known:
        return state, None
    return state, st.selectbox(
        w("act.reason"), list(known), index=None, placeholder=choose, format_func=known.__getitem__,
        key=f"reason_{key}_{state}",
    )  # fmt: skip


def _snoozing(w: Words, person: Actor, ticked: dict[int, int]) -> None:
    @st.dialog(w("bulk.snooze"))
    def ask() -> None:
        days = st.number_input(w("act.days"), 1, 90, 7)
        said = st.text_area(w("arrange.why"), help=w("act.words_help"))
        st.caption(w("arrange.reds"))
        until = datetime.now(UTC) + timedelta(days=days)
        if st.button(w("bulk.do", n=len(ticked)), type="primary", disabled=not said.strip()):
            _all(w, ticked, lambda i, v: acts.snooze(database(), person.name, i, v, until, said))

    ask()


def _all(w: Words, ticked: dict[int, int], one: Callable[[int, int], object]) -> None:
    acting.told(w, acts.bulk(ticked, one))
    st.rerun()
