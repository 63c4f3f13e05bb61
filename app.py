"""The dashboard's frame: who is here, pages, language, and the note that stands over every page."""

import gc
from pathlib import Path

import streamlit as st

from app_pages import address, desk, markup, news, who
from app_pages.words import Words, switch, words

PAGES = Path(__file__).with_name("app_pages")


def pages(w: Words) -> list[st.Page]:
    """Every `app_pages/NN_name.py` in order; the first one is where a visit begins."""
    found = sorted(PAGES.glob("[0-9][0-9]_*.py"))
    return [
        st.Page(f, title=w(f"page.{f.stem[3:]}"), url_path=f.stem[3:], default=f == found[0]) for f in found
    ]


def note(w: Words, *, alone: bool) -> str:
    """Which run is on screen, from which records, what alerts are not, and whether anybody signed in."""
    current = desk.newest()
    mode = w("who.alone_note") if alone else ""
    if current is None:
        return markup.fill('<div class="run-note"><b>{x}</b> {mode}</div>', x=w("note.leads"), mode=mode)
    m = current.manifest
    return markup.fill(
        '<div class="run-note"><b>{leads}</b> {mode}<br>{run}</div>',
        leads=w("note.leads"),
        mode=mode,
        run=w(
            "note.run",
            run=m["run_id"],
            records=w("value.unknown") if m["records_version"] is None else m["records_version"],
            at=desk.moment_text(m["started_at"]),
        ),
    )


def main() -> None:
    """Draw the frame, then the page."""
    st.set_page_config(page_title="bidlens", page_icon="🔎", layout="wide")
    w = words()
    page = st.navigation(pages(w), position="top")
    if st.query_params.get("lang") != w.lang:
        st.query_params["lang"] = w.lang
    st.html(markup.STYLE)
    told, choice = st.columns([3, 2], vertical_alignment="top")
    with choice, st.container(horizontal=True, horizontal_alignment="right"):
        told_me, me = st.empty(), st.empty()
        switch()
    person = who.actor(w)
    with told:
        st.html(note(w, alone=who.alone()))
    with told_me:
        news.menu(w, person, desk.newest())
    with me:
        who.menu(w, person)
    address.enter(page.url_path)
    page.run()
    _settled(page.url_path)


@st.cache_resource(show_spinner=False)
def _settled(page: str) -> str:
    """Let the collector overlook what a page loaded when it was drawn first, which stays anyway.

    Streamlit collects after every run of a script, and each time looked through all that libraries hold.
    """
    gc.collect()
    gc.freeze()
    return page


main()
