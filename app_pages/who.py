"""Who is at the screen: signed in at the organisation's provider, or the one user of this machine.

Pages ask `actor` for the person and `needs` before an act. Every rerun looks anew: at the end of the token,
which Streamlit does not check, and at the role, which an administrator may have changed meanwhile.
"""

import shlex
import time
from collections.abc import Mapping
from typing import Any, NoReturn

import streamlit as st
from streamlit.errors import StreamlitAuthError, StreamlitMissingAuthlibError

from app_pages.address import ROLE
from app_pages.desk import database, workspace
from app_pages.local import is_local
from app_pages.markup import label
from app_pages.words import Words
from cases import audit
from cases.database import reading, writing
from cases.people import Actor, enrol, find
from cases.roles import May, Refused, Role, require


def actor(w: Words) -> Actor:
    """The person at the screen; who has no access is told why and whom to ask, and the page ends."""
    claims = _claims()
    if claims is None:
        return _alone(w)
    if not claims["is_logged_in"]:
        _door(w, w("who.sign_in_title"), w("who.sign_in_why"))
    if has_ended(claims, time.time()):
        _door(w, w("who.ended_title"), w("who.ended_why"))
    name = str(claims["sub"])
    with reading(database()) as session:
        person = find(session, name)
    if person is None:
        _stranger(w, name, str(claims.get("email") or claims.get("name") or ""))
    return person


def needs(w: Words, act: May) -> Actor:
    """The person at the screen if their role has the act; others are told who may, and the page ends."""
    person = actor(w)
    try:
        require(person.role, act)
    except Refused:
        st.error(may_not(w, person, act))
        st.stop()
    return person


def may_not(w: Words, person: Actor, act: May) -> str:
    """Why somebody cannot do something, and who can."""
    joint = "、" if w.lang == "zh" else ", "
    those = joint.join(w(f"role.{r.value}") for r in Role if Actor("", "", r).may(act))
    return w("who.may_not", role=w(f"role.{person.role.value}"), act=w(f"may.{act.value}"), those=those)


def has_ended(claims: Mapping[str, Any], now: float) -> bool:
    """Whether a token has run out; one that does not say when it ends never counts.

    >>> has_ended({"exp": 100}, 99.0), has_ended({"exp": 100}, 100.0), has_ended({}, 0.0)
    (False, True, True)
    """
    end = claims.get("exp")
    return not isinstance(end, int | float) or end <= now


def menu(w: Words, person: Actor) -> None:
    """Draw who is here, with the way out."""
    with st.popover(f"{label(person.shown, 40)} · {w(f'role.{person.role.value}')}"):
        if alone():
            st.write(w("who.alone_why"))
            key = f"acting_as.{w.lang}"
            st.session_state[key] = person.role
            st.radio(
                w("who.act_as"), list(Role), key=key,
                format_func=lambda r: w(f"role.{r.value}"), on_change=_act_as, args=(key,),
            )  # fmt: skip
        else:
            st.text(person.name)
            st.button(w("who.sign_out"), on_click=st.logout, width="stretch")


def alone() -> bool:
    """Whether no sign-in is set up, so that this machine's user needs none."""
    return _claims() is None


def _claims() -> dict[str, Any] | None:
    """What the provider says of the person; None where no provider is set up."""
    told = st.user.to_dict()
    return told if "is_logged_in" in told else None


def _alone(w: Words) -> Actor:
    if not is_local(st.get_option("server.address"), st.context.headers.get("Host")):
        st.error(w("who.not_local_title"))
        st.write(w("who.not_local_why"))
        st.code("bidlens app", language="bash")
        st.stop()
    if workspace().is_dir():
        _enrolled(str(workspace()))
    return _local(_chosen(), w("who.alone"))


def _local(role: Role, shown: str) -> Actor:
    return Actor(f"local-{role.value}", shown, role)


def _chosen() -> Role:
    """The role that the address names, else the last one of this session; a switch goes to the log."""
    before = st.session_state.get(ROLE)
    asked = st.query_params.get(ROLE, before)
    role = Role(asked) if asked in list(Role) else Role.LEAD
    if role.value != before and workspace().is_dir():
        _switched(role)
    st.session_state[ROLE] = role.value
    if role is Role.LEAD:
        st.query_params.pop(ROLE, None)
    else:
        st.query_params[ROLE] = role.value
    return role


def _switched(role: Role) -> None:
    """Log it, unless the same role was last in another tab: every followed link begins a session."""
    last = _last_role(str(workspace()))
    if role != (before := last[ROLE]):
        with writing(database()) as session:
            audit.append(session, f"local-{before}", "role.switch", f"local-{role}", role=role, before=before)
        last[ROLE] = role


@st.cache_resource(show_spinner=False)
def _last_role(folder: str) -> dict[str, Role]:  # noqa: ARG001  (one for each workspace)
    return {ROLE: Role.LEAD}


@st.cache_resource(show_spinner=False)
def _enrolled(folder: str) -> None:  # noqa: ARG001  (once in each workspace)
    """Put every role of this machine's user on record, so that work can be given from one to another."""
    with writing(database()) as session:
        for role in Role:
            enrol(session, _local(role, f"local-{role.value}"))


def _act_as(key: str) -> None:
    st.query_params[ROLE] = st.session_state[key].value


def _door(w: Words, title: str, why: str) -> NoReturn:
    with st.container(border=True, width=520):
        st.subheader(title)
        st.write(why)
        if st.button(w("who.sign_in"), type="primary"):
            try:
                st.login()
            except (StreamlitAuthError, StreamlitMissingAuthlibError):
                st.error(w("who.set_up_badly"))
    st.stop()


def _stranger(w: Words, name: str, known_as: str) -> NoReturn:
    with st.container(border=True, width=640):
        st.subheader(w("who.stranger_title"))
        st.write(w("who.stranger_why"))
        st.code(name, language=None)
        if known_as and known_as != name:
            st.text(known_as)
        st.caption(w("who.stranger_admin"))
        st.code(f"bidlens people {shlex.quote(name)} --role viewer", language="bash")
        st.button(w("who.sign_out"), on_click=st.logout)
    st.stop()
