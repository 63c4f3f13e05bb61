"""Doing something from a page: what went wrong is said where it was tried, in words, and nothing is lost."""

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from app_pages.desk import moment
from app_pages.markup import draw, table
from app_pages.words import Words
from cases.act import Bulk, Changed
from cases.detail import Detail
from cases.roles import Hindrance
from cases.tables import Alert
from cases.workflow import REASONS, State
from detect.exclusions import EXCLUSIONS
from records.source import BadInput
from records.visible import visible

_DONE = "done_message"
_SEEN = "seen_versions"
_DECIDED = "decisions"


def attempt(w: Words, act: Callable[[], Any], done: str, *, at: str = "", fresh: bool = False) -> None:
    """Do it and draw the page anew, or show why it was not done.

    When somebody else was quicker, `catch_up` shows what they did, and what was written stays in its field.

    Args:
        w: words.
        act: what to do.
        done: what is said where `show_done` draws for the same place.
        at: that place.
        fresh: whether the fields of `field` are emptied.

    """
    try:
        act()
    except Changed:
        warn(w("act.not_done"))
    except Hindrance as why:
        said(w, why.told(w.lang))
    except BadInput as why:
        said(w, str(why))
    else:
        forget_seen()
        st.session_state[_DONE] = (at, done)
        st.session_state[_DECIDED] = st.session_state.get(_DECIDED, 0) + fresh
        st.rerun()


def field(name: str, alert: Alert) -> str:
    """Key of a field: what is chosen and written belongs to one alert, and to one decision about it."""
    return f"{name}.{alert.id}.{st.session_state.get(_DECIDED, 0)}"


def seen(alert: Alert) -> int:
    """The version that was drawn first: what a person decides on, until they have read the changes."""
    versions: dict[int, int] = st.session_state.setdefault(_SEEN, {})
    return versions.setdefault(alert.id, alert.version)


def catch_up(w: Words, known: Detail) -> None:
    """Say what others did with an alert since it was drawn first; nothing where nobody did."""
    if (then := seen(known.alert)) != known.alert.version:
        later = [e for e in known.events if e.detail["version"] > then]
        _difference(w, Changed(known.alert, then, later))


def forget_seen() -> None:
    """From here on, alerts are seen as they are at the next drawing."""
    st.session_state.pop(_SEEN, None)


def said(w: Words, why: str) -> None:
    """Say that something was not done, and why."""
    warn(w("act.not_done"))
    st.text(visible(why))


def warn(text: str) -> None:
    """Say what hinders, here and in the corner that is always in sight."""
    st.error(text)
    st.toast(text, icon=":material/error:")


def told(w: Words, result: Bulk) -> None:
    """Keep what became of an act on many alerts for the next drawing of the page."""
    st.session_state[_DONE] = ("", w("act.bulk_done", done=len(result.done), refused=len(result.refused)))
    st.session_state["refused"] = result.refused


def show_done(w: Words, at: str = "") -> None:
    """Say once what was done just now: at the place where it was done, and in the corner always in sight.

    Without a place, also what was done where nothing is drawn any more.
    """
    kept = st.session_state.get(_DONE)
    if kept is not None and at in {"", kept[0]}:
        st.session_state.pop(_DONE)
        confirm(kept[1])
    if refused := st.session_state.pop("refused", None):
        st.warning(w("act.bulk_refused"))
        rows = [(i, visible(why.told(w.lang))) for i, why in refused.items()]
        draw(table([w("act.alert"), w("act.why")], rows))


def confirm(text: str) -> None:
    """Say what was done, here and in the corner that is always in sight."""
    st.success(text)
    st.toast(text, icon=":material/check:")


def reasons(w: Words, state: State) -> dict[str, str]:
    """The reason codes that a state asks for, with their words."""
    said = {x.code: f"{x.code} {x.zh if w.lang == 'zh' else x.en}" for x in EXCLUSIONS}
    return {code: said.get(code) or w(f"ground.{code}") for code in REASONS.get(state, ())}


def state_words(w: Words, states: Iterable[State]) -> dict[State, str]:
    """States with their words, in their order."""
    return {s: w(f"state.{s.value}") for s in states}


def _difference(w: Words, behind: Changed) -> None:
    st.warning(w("act.changed"))
    rows = [
        (moment(e.at), visible(e.actor), w(f"event.{e.kind}"), visible(e.text or "")) for e in behind.events
    ]
    draw(table([w("act.at"), w("act.who"), w("act.what"), w("act.said")], rows))
    changed = [(w.column(n), visible(str(a)), visible(str(b))) for n, (a, b) in behind.fields.items()]
    if changed:
        draw(table([w("act.field"), w("act.then"), w("act.now")], changed))
    st.button(w("act.read_again"), on_click=forget_seen)
