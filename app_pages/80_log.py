"""The audit log: who did what, the newest first, and whether the chain of entries holds."""

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st
from markupsafe import Markup
from sqlalchemy import Select, func, select

from app_pages import address, who
from app_pages.desk import database, moment_text, opened
from app_pages.entries import ACTS, about, act, told
from app_pages.markup import draw, fill, table
from app_pages.words import Words, words
from cases.audit import Head, head, verify
from cases.database import reading
from cases.roles import May
from cases.tables import Entry
from features.catalogue import Grain
from records.visible import visible

PER_PAGE = 100


def main() -> None:
    """Draw the page."""
    w = words()
    opened(w)
    who.needs(w, May.READ_AUDIT)
    st.subheader(w("log.title"))
    st.write(w("log.why"))
    with reading(database()) as session:
        newest = head(session)
    _chain(w, newest)
    asked = _asked(w)
    with reading(database()) as session:
        n = session.scalar(select(func.count()).select_from(asked.subquery())) or 0
        pages = max(1, -(-n // PER_PAGE))
        number = address.page(pages)
        cut = asked.order_by(Entry.seq.desc()).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
        _entries(w, list(session.scalars(cut)))
    st.caption(w("log.range", n=f"{n:,}", page=number, pages=pages))
    left, right, _ = st.columns([1, 1, 6])
    left.button(w("queue.previous"), disabled=number == 1, on_click=address.turn, args=(number - 1,))
    right.button(w("queue.next"), disabled=number == pages, on_click=address.turn, args=(number + 1,))


def _asked(w: Words) -> Select[Entry]:
    left, right = st.columns(2)
    with left:
        text = address.text("said", w("queue.search"), w("log.search_hint"))
    with right:
        acts = address.many("act", w("log.action"), ACTS, lambda x: act(w, x), w("queue.any"))
    asked = select(Entry)
    for word in text.split():
        found = Entry.actor + " " + Entry.subject + " " + Entry.detail
        asked = asked.where(found.icontains(word, autoescape=True))
    return asked.where(Entry.action.in_(acts)) if acts else asked


def _chain(w: Words, newest: Head) -> None:
    st.code(f"{newest.seq} {newest.hash}", language=None)
    st.caption(w("log.head_note"))
    if not st.button(w("log.verify")):
        return
    with reading(database()) as session:
        faults = verify(session)
    if faults:
        st.error(w("log.broken"))
        draw(table([w("log.seq"), w("log.what")], faults))
    else:
        st.success(w("log.holds", n=f"{newest.seq:,}"))


def _entries(w: Words, entries: Sequence[Entry]) -> None:
    rows = [
        (e.seq, moment_text(e.at)[:16], visible(e.actor), told(w, e), _about(w, e), _kept(w, e))
        for e in entries
    ]
    names = ("seq", "at", "actor", "action", "subject", "detail")
    draw(table([w(f"log.{n}") for n in names], rows))


def _about(w: Words, entry: Entry) -> str:
    """What an entry concerns; a tender with the way to its case."""
    kind, _, tender = entry.subject.partition(" ")
    if kind != Grain.TENDER or not tender:
        return about(w, entry)
    href = f"case?{urlencode({'tender': tender, **address.personal()})}"
    return fill('<a href="{href}" target="_self">{what}</a>', href=href, what=about(w, entry))


def _kept(w: Words, entry: Entry) -> Markup:
    """The entry as it stands in the log, folded away."""
    kept = "\n".join((entry.at, entry.action, entry.subject, entry.detail, entry.hash))
    return fill(
        "<details><summary>{open}</summary><code>{kept}</code></details>", open=w("log.show"), kept=kept
    )


main()
