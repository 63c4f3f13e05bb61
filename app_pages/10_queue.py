"""The queue: what waits for people, worst first, a page at a time."""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import polars as pl
import streamlit as st
from markupsafe import Markup
from sqlalchemy.orm import Session
from streamlit.elements.lib.column_types import ColumnConfig

from app_pages import acting, address, bulk, handing_on, who
from app_pages.desk import Desk, database, local, opened
from app_pages.handling import NEIGHBOURS
from app_pages.markup import COLOURS, SYMBOLS, draw, fitted, label, level_word, tiles
from app_pages.queue_address import LEVELS, NAMES, ask, rule_titles
from app_pages.words import Words, words
from cases import desk as acts
from cases.database import reading
from cases.people import Actor
from cases.roles import May
from cases.search import LISTED, PER_PAGE, SCORE_ONLY, choices, page
from cases.tables import Alert
from cases.tallying import Tally, tally
from detect.coverage import coverage
from detect.rule import Level
from records.visible import visible_column

QUEUED = [Level.RED, Level.ORANGE, Level.YELLOW]
FITS = {"title": 19, "buyer_name": 13}  # half-width characters that a column shows at 1366 pixels
WHY = 21
"""The same for the strongest lead, whose number of further ones must stay in sight."""

_DRAWN = "queue_versions"
"""Where the queue keeps which versions it drew: a click speaks of those, whatever happened since."""

CHIPS = 3  # rules shown in a row; the next column counts the others


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
    asked, beside = ask(w, person, {name: list(choices(session, name)) for name in LISTED})
    with beside:
        _views(w, person)
        handing_on.tables(w, person, desk)
    unopened = set() if person.may(May.SEE_SEALED) else set(desk.sealed()["tender_id"])
    asked = replace(asked, unopened=tuple(sorted(unopened)))
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
    ticked = [shown[i] for i in _rows(w, shown, unopened)]
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
        with st.form("view", border=False, clear_on_submit=True):
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


def _rows(w: Words, shown: Sequence[Alert], unopened: Set[str]) -> list[int]:
    """Draw the table; a click into a row opens the case, ticks are given back for acts on several."""
    currencies = {a.currency for a in shown if a.currency}
    picked = st.dataframe(
        _table(w, shown, unopened),
        key="queue_rows",
        hide_index=True,
        height=min(PER_PAGE, max(len(shown), 3)) * 35 + 38,
        row_height=35,
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"],
        placeholder="–",
        column_config=_columns(w, shown, currencies),
        column_order=[c for c in _ORDER if c != "currency" or len(currencies) > 1],
        alt=w("queue.table"),
    )
    if cells := picked["selection"]["cells"]:
        subject = shown[cells[0][0]].subject_id
        st.switch_page("app_pages/20_case.py", query_params={"tender": subject, "lang": w.lang})
    return list(picked["selection"]["rows"])


_ORDER = (
    "level", "attention", "rules", "why", "title", "buyer_name", "estimate", "currency", "mechanism",
    "n_bids", "state", "owner", "age", "due",
)  # fmt: skip


def _table(w: Words, shown: Sequence[Alert], unopened: Set[str]) -> pl.DataFrame:
    titles, now = rule_titles(w), datetime.now(UTC)
    rows: list[dict[str, object]] = [
        {
            "level": [Level(a.level).name if a.level else "audit"],
            "attention": a.attention,
            "rules": (a.rule_ids or [SCORE_ONLY])[:CHIPS] if a.level else [],
            "why": _why(w, a, titles),
            "title": a.title or a.subject_id,
            "buyer_name": a.buyer_name,
            "estimate": a.estimate,
            "currency": a.currency,
            "mechanism": None if a.mechanism is None else w.value("mechanism", a.mechanism),
            "n_bids": a.n_bids,
            "state": w("state.proposed" if a.proposed else f"state.{a.state}"),
            "owner": a.owner,
            "age": (now - a.raised_at).days,
            "due": a.due_at,
        }
        for a in shown
    ]
    sealed: dict[str, object] = {"attention": None, "rules": [], "why": w("queue.sealed"), "n_bids": None}
    rows = [row | sealed if a.subject_id in unopened else row for row, a in zip(rows, shown, strict=True)]
    table = pl.DataFrame(rows, _SCHEMA).with_columns(
        visible_column(pl.col("title")),
        visible_column(pl.col("buyer_name")),
        visible_column(pl.col("owner")),
        local(pl.col("due")).dt.date(),
    )
    return table.with_columns(fitted(table[name], width) for name, width in FITS.items())


_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "level": pl.List(pl.String), "attention": pl.Float64, "rules": pl.List(pl.String), "why": pl.String,
    "title": pl.String, "buyer_name": pl.String, "estimate": pl.Float64, "currency": pl.String,
    "mechanism": pl.String, "n_bids": pl.Int64, "state": pl.String, "owner": pl.String, "age": pl.Int64,
    "due": pl.Datetime("us", "UTC"),
}  # fmt: skip


def _why(w: Words, a: Alert, titles: dict[str, str]) -> str:
    if not a.level:
        return w("queue.drawn")
    first, *rest = a.rule_ids or [SCORE_ONLY]
    more = f" +{len(rest)}" if rest else ""
    return f"{fitted(pl.Series([titles[first]]), WHY - len(more))[0]}{more}"


def _columns(w: Words, shown: Sequence[Alert], currencies: set[str]) -> dict[str, ColumnConfig]:
    c, titles = st.column_config, rule_titles(w)
    amount = w("column.estimate") + (f" ({next(iter(currencies))})" if len(currencies) == 1 else "")
    return {
        "level": c.MultiselectColumn(
            w("queue.level"), width=94, options=list(LEVELS),
            color=[COLOURS[Level[x]] if x != "audit" else COLOURS[Level.INFO] for x in LEVELS],
            format_func=lambda x: w("place.audit") if x == "audit"
            else f"{SYMBOLS[Level[x]]} {level_word(Level[x], w)}",
        ),
        "attention": c.ProgressColumn(
            w("queue.attention"), width=76, format="%.0f", min_value=0.0, help=w("queue.attention_help"),
            max_value=max(1.0, *(a.attention for a in shown)),
        ),
        "rules": c.MultiselectColumn(
            w("queue.rule"), width=140, options=list(titles), color="#7c95a6",
            format_func=lambda x: w("queue.by_score") if x == SCORE_ONLY else x,
        ),
        "why": c.TextColumn(w("queue.why"), width=166),
        "title": c.TextColumn(w("column.title"), width=152),
        "buyer_name": c.TextColumn(w("column.buyer_name"), width=110),
        "estimate": c.NumberColumn(amount, width=104, format="localized"),
        "currency": c.TextColumn(w("column.currency"), width=60),
        "mechanism": c.TextColumn(w("column.mechanism"), width=88),
        "n_bids": c.NumberColumn(w("queue.bids"), width=48),
        "state": c.TextColumn(w("queue.state"), width=98),
        "owner": c.TextColumn(w("queue.owner"), width=72),
        "age": c.NumberColumn(w("queue.age_days"), width=50),
        "due": c.DateColumn(w("queue.due"), width=88, format="YYYY-MM-DD"),
    }  # fmt: skip


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
