"""Deciding about an alert: what it came to, the second person's word, and the evaluation committee's."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from app_pages import acting, address
from app_pages.bulk import ask_state
from app_pages.desk import database, midnight, moment, moment_text
from app_pages.markup import SYMBOLS, draw, fill, level_word
from app_pages.words import Words, keyed
from cases import desk as acts
from cases.closing import WATCHED
from cases.database import reading
from cases.desk import Detail
from cases.originals import Candidate, originals
from cases.people import Actor
from cases.tables import Alert
from cases.workflow import REASONS, State, needs_second
from detect.terms import Level
from features.catalogue import Grain
from records.tables import Market
from records.visible import visible


def second_person(w: Words, person: Actor, a: Alert) -> None:
    """Ask a second person to agree to what another one proposed, or to send it back."""
    proposal = a.proposed or {}
    with st.container(border=True):
        st.subheader(w("handle.second"))
        who, state = visible(str(proposal["by"])), w(f"state.{proposal['state']}")
        draw(fill("<p>{x}</p>", x=w("handle.proposed", who=who, state=state)))
        st.caption(moment_text(str(proposal["at"]))[:16])
        if until := proposal.get("until"):
            st.caption(f"{w('handle.watch_until')} {moment_text(str(until))[:10]}")
        if code := proposal.get("reason"):
            st.caption(w("handle.because", reason=acting.reasons(w, State(proposal["state"]))[code]))
        if original := proposal.get("original"):
            with reading(database()) as session:
                repeated = session.get(Alert, original)
            if repeated is not None:
                st.caption(w("handle.repeats"))
                _about(w, repeated)
        st.text(visible(str(proposal["text"])))
        said = st.text_area(w("act.words"), key=acting.field("second_words", a))
        own = proposal["by"] == person.name
        if st.button(w("handle.confirm"), disabled=own, help=w("handle.own") if own else None):
            acting.attempt(
                w,
                lambda: acts.confirm(database(), person.name, a.id, acting.seen(a), said),
                w("handle.agreed", state=state),
                at="second",
            )
        if st.button(w("handle.reject")):
            acting.attempt(
                w,
                lambda: acts.reject(database(), person.name, a.id, acting.seen(a), said),
                w("handle.rejected"),
                at="second",
            )


def decide(w: Words, person: Actor, found: Detail, _: object) -> None:
    """Say what the alert came to; a RED is proposed to a second person."""
    a = found.alert
    ways = acts.ways(a)
    if not ways:
        st.caption(w("handle.waits"))
        return
    state, code = _result(w, a, ways)
    until = _watched_until(w, a) if state == State.WATCH else None
    if state == State.COMMITTEE_CONFIRMED and not a.determination:
        st.info(w("handle.determine_first"))
    if state is not None and needs_second(a.level, state):
        st.caption(w("bulk.red_note"))
    said = st.text_area(w("act.words"), help=w("act.words_help"), key=acting.field("decide_words", a))
    if not st.button(w("handle.save"), type="primary", shortcut="d", key="decide_save"):
        return
    missing = _missing(w, a, state, code, said)
    if state is None or missing:
        acting.warn(missing or w("act.choose_first"))
        return
    _settle(
        w, a, state, "decide", w("handle.decided", state=w(f"state.{state.value}")),
        lambda: acts.decide(
            database(), person.name, a.id, acting.seen(a), state, reason=code, text=said, until=until
        ),
    )  # fmt: skip


def duplicate(
    market: Market, hidden: Sequence[str], w: Words, person: Actor, found: Detail, _: object
) -> None:
    """Link the alert to the one that says the same; those of the same bidders or buyer are offered first.

    `hidden` are tenders of which the reader must not know yet.
    """
    a = found.alert
    if a.proposed is not None:
        st.caption(w("handle.waits"))
        return
    st.caption(w("handle.original_note"))
    offered = {str(c.alert.id): c for c in originals(database(), market, a, hidden)}
    chosen = st.selectbox(
        w("handle.original"), list(offered), index=None, placeholder=w("handle.original_hint"),
        format_func=partial(_told, offered), accept_new_options=True, key=acting.field("original", a),
    )  # fmt: skip
    to = _original(chosen, offered)
    if chosen in offered:
        n = offered[chosen].shared
        _about(w, offered[chosen].alert, w("handle.same_bidders", n=n) if n else w("handle.same_buyer"))
    elif chosen is not None and to is None:
        st.caption(w("handle.no_original"))
    said = st.text_area(w("act.words"), help=w("act.words_help"), key=acting.field("duplicate_words", a))
    if st.button(w("handle.link"), type="primary"):
        if to is None:
            acting.warn(w("handle.original_first"))
        elif not said.strip():
            acting.warn(w("act.words_first"))
        else:
            _settle(
                w, a, State.DUPLICATE, "duplicate", w("handle.linked"),
                lambda: acts.duplicate(database(), person.name, a.id, acting.seen(a), to, said),
            )  # fmt: skip


def committee(w: Words, person: Actor, found: Detail, _: object) -> None:
    """Keep what the evaluation committee determined."""
    a = found.alert
    with st.form(acting.field("committee", a), border=False, enter_to_submit=False):
        said = st.text_area(w("handle.determination"), value=a.determination or "")
        st.caption(w("handle.determination_note"))
        if st.form_submit_button(w("handle.save")):
            acting.attempt(
                w, lambda: acts.determine(database(), person.name, a.id, acting.seen(a), said),
                w("handle.determined"), at="committee",
            )  # fmt: skip


def _missing(w: Words, a: Alert, state: State | None, code: str | None, said: str) -> str | None:
    """What a decision lacks, in words; None where nothing."""
    if state is None:
        return w("act.choose_first")
    if REASONS.get(state) and code is None:
        return w("act.reason_first")
    if state == State.COMMITTEE_CONFIRMED and not a.determination:
        return w("handle.determine_first")
    return None if said.strip() or state == State.IN_REVIEW else w("act.words_first")


def _settle(w: Words, a: Alert, state: State, at: str, done: str, act: Callable[[], object]) -> None:
    """Do it, and say so where it was done; what waits for a second person is said beside that."""
    if needs_second(a.level, state):
        at, done = "second", w("handle.proposed_now", state=w(f"state.{state.value}"))
    acting.attempt(w, act, done, at=at, fresh=True)


def _result(w: Words, a: Alert, ways: Sequence[State]) -> tuple[State | None, str | None]:
    field = acting.field("decide", a)
    chosen = st.session_state.get(keyed(w, f"state_{field}"))
    keyed(w, f"reason_{field}", f"_{chosen}")
    return ask_state(w, ways, f"{field}.{w.lang}")


def _watched_until(w: Words, a: Alert) -> datetime:
    day: date = st.date_input(
        w("handle.watch_until"), (datetime.now(UTC) + WATCHED).date(), help=w("handle.watch_help"),
        key=acting.field("watch", a),
    )  # fmt: skip
    return midnight(day)


def _original(chosen: str | None, offered: dict[str, Candidate]) -> int | None:
    """Id of the alert that was chosen, or whose tender's id was typed."""
    if chosen is None:
        return None
    return int(chosen) if chosen in offered else acts.found(database(), Grain.TENDER.value, chosen.strip())


def _told(offered: dict[str, Candidate], key: str) -> str:
    """A candidate in the narrow list: what tells it from the others comes first."""
    found = offered.get(key)
    if found is None:
        return visible(key, 60)
    a = found.alert
    told = (visible(a.title or a.subject_id, 60), moment(a.deadline_at)[:10], a.subject_id)
    return " ".join([*_symbol(a), " · ".join(t for t in told if t)])


def _about(w: Words, a: Alert, *more: str) -> None:
    """Draw all that there is room for in the narrow panel."""
    level = level_word(Level(a.level), w) if a.level else ""
    told = (*_symbol(a), level, a.buyer_name or "", moment(a.deadline_at)[:10], *more, w(f"state.{a.state}"))
    draw(
        fill(
            '<p class="picked"><a href="{href}" target="_blank">{title}</a><br>{about}</p>',
            href=f"case?{urlencode({'tender': a.subject_id, **address.personal()})}",
            title=a.title or a.subject_id,
            about=" · ".join(visible(t) for t in told if t),
        )
    )


def _symbol(a: Alert) -> list[str]:
    return [SYMBOLS[Level(a.level)]] if a.level else []
