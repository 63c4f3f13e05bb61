"""The queue: what waits for people, worst first, a page at a time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from markupsafe import Markup
from sqlalchemy.orm import Session

from app_pages import acting, address, bulk, handing_on, who
from app_pages.amounts import Unit, figure, unit_of
from app_pages.desk import Desk, database, moment, opened
from app_pages.handling import NEIGHBOURS
from app_pages.lead_table import Column, Part, Row, badge, bar, chips, lead_table, link, small, stands, text
from app_pages.markup import SYMBOLS, draw, label, level_word, tiles
from app_pages.queue_address import NAMES, ask, rule_titles
from app_pages.words import Words, words
from cases import desk as acts
from cases.database import reading
from cases.people import Actor
from cases.roles import May
from cases.search import LISTED, PER_PAGE, SCORE_ONLY, choices, page
from cases.tables import Alert
from cases.tallying import Tally, standing, tally
from detect.coverage import coverage
from detect.rule import Level

QUEUED = [Level.RED, Level.ORANGE, Level.YELLOW]
FULL = 200
"""Points of attention at which its bar is full, in every queue: twice what one fact on record brings."""

CHIPS = 5
"""Rules that a row names; the rest is counted."""

_DRAWN = "queue_versions"
"""Where the queue keeps which versions it drew: a click speaks of those, whatever happened since."""


def main() -> None:
    """Draw the page."""
    w = words()
    person = who.actor(w)
    desk = opened(w)
    with reading(database()) as session:
        _draw(w, person, desk, session)


def _draw(w: Words, person: Actor, desk: Desk, session: Session) -> None:
    acting.show_done(w)
    acting.forget_seen()
    address.come_back(NAMES)
    known = {name: list(choices(session, name)) for name in LISTED}
    unopened = () if person.may(May.SEE_SEALED) else tuple(sorted(desk.sealed()["tender_id"]))
    asked, beside = ask(w, person, known, standing(session, person.name, unopened))
    with beside:
        _views(w, person)
        handing_on.tables(w, person, desk)
    asked = replace(asked, unopened=unopened)
    counts = tally(session, asked)
    draw(_counts(w, desk, counts))
    address.remember(NAMES)
    if not counts.shown:
        _nothing(w, desk, counts)
        return
    number = address.page(counts.n_pages)
    shown = page(session, asked, number)
    st.session_state[NEIGHBOURS] = [a.subject_id for a in shown]
    before: dict[int, int] = st.session_state.get(_DRAWN, {})
    st.session_state[_DRAWN] = {a.id: a.version for a in shown}
    ticked = _rows(w, shown)
    bulk.bar(w, person, {a.id: before.get(a.id, a.version) for a in ticked})
    _turning(w, number, counts)


def _nothing(w: Words, desk: Desk, counts: Tally) -> None:
    if counts.hidden:
        st.info(w("queue.nothing_matches"))
        st.button(w("queue.clear"), on_click=address.clear, args=(NAMES,))
        return
    st.info(w("queue.no_alerts", tenders=f"{desk.manifest['n_tenders']:,}"))
    st.caption(w("queue.no_alerts_caution"))


def _views(w: Words, person: Actor) -> None:
    """Saved filters: links, since a view is an address."""
    with st.popover(w("view.title")):
        for view in acts.views(database(), person.name):
            left, right = st.columns([4, 1], vertical_alignment="center")
            left.page_link(
                "app_pages/10_queue.py",
                label=label(view.name if view.person == person.name else f"{view.name} · {view.person}"),
                query_params={**dict(parse_qsl(view.query)), "lang": w.lang},
            )
            if view.person == person.name:
                right.button("✕", key=f"drop_{view.id}", help=w("view.drop"), on_click=acts.drop_view,
                             args=(database(), person.name, view.name))  # fmt: skip
        with st.form("view", border=False, clear_on_submit=True, enter_to_submit=False):
            name = st.text_input(w("view.name"), max_chars=100)
            shared = st.checkbox(w("view.shared"))
            if st.form_submit_button(w("view.save")):
                query = urlencode([(n, v) for n in NAMES for v in st.query_params.get_all(n)])
                acting.attempt(
                    w, lambda: acts.save_view(database(), person.name, name, query, shared=shared),
                    w("view.saved"),
                )  # fmt: skip


def _counts(w: Words, desk: Desk, counts: Tally) -> Markup:
    per_level = "  ".join(
        f"{SYMBOLS[x]} {level_word(x, w)} {counts.by_level.get(x.value, 0):,}" for x in QUEUED
    )
    reasons = ((name.replace(" ", "_"), n) for name, n in counts.hidden.items())
    why = "  ".join(f"{w(f'unseen.{name}')} {n:,}" for name, n in reasons)
    state = coverage(desk.summary(), w.lang)["verdict"]
    never, partly = (int((state == v).sum()) for v in ("not evaluable", "partly"))
    tenders = desk.manifest["n_tenders"]
    alerts = sum(desk.manifest["n_alerts"][x.name] for x in QUEUED)
    return tiles(
        [
            (w("queue.n_alerts"), _number(counts), per_level),
            (w("queue.n_hidden"), f"{sum(counts.hidden.values()):,}", why),
            (w("queue.n_scored"), f"{tenders:,}", w("queue.n_silent", n=f"{tenders - alerts:,}")),
            (
                w("queue.n_unchecked"),
                w("queue.n_of", n=never, total=state.len()),
                w("queue.n_partly", n=partly),
            ),
        ]
    )


def _number(counts: Tally) -> str:
    return f"{counts.shown:,}{'+' if counts.more else ''}"


def _rows(w: Words, shown: Sequence[Alert]) -> list[Alert]:
    """Draw the table; a click on a row opens the case, ticks are given back for acts on several."""
    titles, currencies = rule_titles(w), {a.currency for a in shown if a.currency}
    picked = lead_table(
        w, w("queue.table"), "case", _columns(w, unit_of(w, currencies)),
        [_row(w, a, titles, unit_of(w, currencies)) for a in shown],
        key="queue_rows", tickable=True,
    )  # fmt: skip
    if picked.opened is not None:
        subject = next(a.subject_id for a in shown if a.id == picked.opened)
        st.switch_page("app_pages/20_case.py", query_params={"tender": subject, "lang": w.lang})
    return [a for a in shown if a.id in picked.ticked]


def _columns(w: Words, unit: Unit | None) -> list[Column]:
    return [
        Column(w("queue.level"), 8),
        Column(w("queue.attention"), 8.5, said=w("queue.attention_help", full=FULL)),
        Column(w("queue.why"), 22),
        Column(w("queue.tender"), 25.5),
        Column(w("queue.estimate_in", unit=unit.name) if unit else w("column.estimate"), 10.5, "right"),
        Column(w("queue.how_awarded"), 9),
        Column(w("queue.stands"), 9),
        Column(w("queue.since"), 9.5, said=w("queue.since_help")),
    ]


def _row(w: Words, a: Alert, titles: dict[str, str], unit: Unit | None) -> Row:
    title = a.title or a.subject_id
    how = w("value.unknown") if a.mechanism is None else w.value("mechanism", a.mechanism)
    days = (datetime.now(UTC) - a.raised_at).days
    due = w("queue.due_on", at=moment(a.due_at)[:10]) if a.due_at and not a.closed_at else ""
    closed = w("queue.closed_on", at=moment(a.closed_at)[:10]) if a.closed_at else ""
    return Row(
        a.id, {"tender": a.subject_id}, title,
        [
            *_found(w, a, titles),
            [link(title), small(a.buyer_name or w("value.unknown"))],
            [text(figure(a.estimate, a.currency, unit))],
            [text(how), small("" if a.n_bids is None else w("queue.n_bids", n=a.n_bids))],
            stands(w, a),
            [text(w("queue.n_days", n=days)), small(due or closed)],
        ],
    )  # fmt: skip


def _found(w: Words, a: Alert, titles: dict[str, str]) -> list[list[Part]]:
    """Level, attention, and what the strongest lead is with all rules that speak."""
    if not a.level:
        return [[badge(None, w)], [], [text(w("queue.drawn"))]]
    names = [(rule, titles[rule]) for rule in a.rule_ids]
    rest = "\n".join(" ".join(name) for name in names[CHIPS:])
    more = [(f"+{len(names) - CHIPS}", rest)] if rest else []
    points = f"{a.attention:.0f}"
    return [
        [badge(Level(a.level), w)],
        [bar(points, a.attention / FULL, w("queue.points", n=points))],
        [text(titles[(a.rule_ids or [SCORE_ONLY])[0]]), chips([*names[:CHIPS], *more])],
    ]


def _turning(w: Words, number: int, counts: Tally) -> None:
    first, last = (number - 1) * PER_PAGE + 1, min(number * PER_PAGE, counts.shown)
    note, back, on = st.columns([6, 1, 1], vertical_alignment="center")
    place = w("queue.range", first=first, last=last, n=_number(counts))
    note.caption(f"{place} {w('queue.how_to_open')}")
    if counts.n_pages > 1:
        back.button(w("queue.previous"), disabled=number == 1, on_click=address.turn, args=(number - 1,),
                    width="stretch")  # fmt: skip
        on.button(w("queue.next"), disabled=number == counts.n_pages, on_click=address.turn,
                  args=(number + 1,), width="stretch")  # fmt: skip


main()
