"""The audit log: who did what, the newest first, and whether the chain of entries holds."""

import polars as pl
import streamlit as st
from sqlalchemy import func, select

from app_pages import address, who
from app_pages.desk import database, local, opened
from app_pages.markup import draw, table
from app_pages.words import Words, words
from cases.audit import Head, head, verify
from cases.database import reading
from cases.roles import May
from cases.tables import Entry
from records.visible import visible_column

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
    text = address.text("said", w("queue.search"), w("log.search_hint"))
    asked = select(Entry.seq, Entry.at, Entry.actor, Entry.action, Entry.subject, Entry.detail)
    for word in text.split():
        asked = asked.where(
            (Entry.actor + " " + Entry.action + " " + Entry.subject).icontains(word, autoescape=True)
        )
    with reading(database()) as session:
        n = session.scalar(select(func.count()).select_from(asked.subquery())) or 0
        pages = max(1, -(-n // PER_PAGE))
        number = address.page(pages)
        cut = asked.order_by(Entry.seq.desc()).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
        rows = [tuple(row) for row in session.execute(cut)]
    _entries(w, rows)
    st.caption(w("log.range", n=f"{n:,}", page=number, pages=pages))
    left, right, _ = st.columns([1, 1, 6])
    left.button(w("queue.previous"), disabled=number == 1, on_click=address.turn, args=(number - 1,))
    right.button(w("queue.next"), disabled=number == pages, on_click=address.turn, args=(number + 1,))


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


def _entries(w: Words, rows: list[tuple[object, ...]]) -> None:
    names = ("seq", "at", "actor", "action", "subject", "detail")
    schema = {name: pl.Int64 if name == "seq" else pl.String for name in names}
    shown = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        *(visible_column(pl.col(n)) for n in ("actor", "action", "subject", "detail")),
        local(pl.col("at").str.to_datetime(time_zone="UTC")).dt.strftime("%Y-%m-%d %H:%M:%S"),
    )
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="–",
        column_config={n: w(f"log.{n}") for n in names},
        alt=w("log.title"),
    )


main()
