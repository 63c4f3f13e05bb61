"""What is added to an alert: notes, words on innocent readings, the firm's statement, files."""

import streamlit as st

from app_pages import acting
from app_pages.desk import database
from app_pages.markup import draw, fill, label
from app_pages.words import Words
from cases import desk as acts
from cases.desk import Detail
from cases.people import Actor
from detect.explanation import Explanation, Party
from records.visible import visible


def note(w: Words, person: Actor, found: Detail, _: object) -> None:
    """Keep a note; who is named in it is told."""
    with st.form(
        acting.field("note", found.alert), clear_on_submit=True, border=False, enter_to_submit=False
    ):
        said = st.text_area(w("handle.note"), help=w("handle.note_help"))
        if st.form_submit_button(w("handle.save")):
            acting.attempt(
                w,
                lambda: acts.note(database(), person.name, found.alert.id, said),
                w("handle.noted"),
                at="note",
            )


def readings(w: Words, person: Actor, found: Detail, story: Explanation | Party) -> None:
    """Look into the innocent reading of each rule that fired."""
    st.caption(w("handle.readings_note"))
    for rule_id, (title, innocent) in {f.rule_id: (f.title, f.innocent) for f in story.findings}.items():
        latest = found.readings.get(rule_id)
        with st.form(
            acting.field(f"reading_{rule_id}", found.alert), clear_on_submit=True, enter_to_submit=False
        ):
            draw(fill("<b>{rule} {title}</b><p>{text}</p>", rule=rule_id, title=title, text=innocent))
            if latest is not None:
                now = w(f"reading.{latest.detail['verdict']}")
                said_before = w("handle.reading_now", verdict=now, who=latest.actor)
                draw(fill("<p>{x}</p><p>{text}</p>", x=said_before, text=latest.text or ""))
            verdict = st.radio(
                w("handle.reading"), list(acts.Reading), horizontal=True,
                format_func=lambda x: w(f"reading.{x.value}"),
            )  # fmt: skip
            said = st.text_input(w("act.words"))
            if st.form_submit_button(w("handle.save")):
                acting.attempt(
                    w,
                    lambda r=rule_id, v=verdict, s=said: acts.reading(  # type: ignore[misc]
                        database(), person.name, found.alert.id, r, v, s
                    ),
                    w("handle.reading_saved"),
                    at=rule_id,
                )
        acting.show_done(w, rule_id)


def statement(w: Words, person: Actor, found: Detail, story: Explanation | Party) -> None:
    """Keep what a firm says for itself."""
    with st.form(
        acting.field("statement", found.alert), clear_on_submit=True, border=False, enter_to_submit=False
    ):
        named = story.names if isinstance(story, Party) else story.bids["name"]
        names = [visible(n) for n in named]
        firm = st.selectbox(w("handle.firm"), names, accept_new_options=True)
        said = st.text_area(w("handle.statement"), help=w("handle.statement_help"))
        if st.form_submit_button(w("handle.save")):
            acting.attempt(
                w,
                lambda: acts.statement(database(), person.name, found.alert.id, said, by=str(firm or "")),
                w("handle.stated"),
                at="statement",
            )


def files(w: Words, person: Actor, found: Detail, _: object) -> None:
    """Show the attached files and take another."""
    for file in found.files:
        data = acts.content(database(), file.id) or b""
        draw(fill("<p>{who} · SHA-256 {sha}…</p>", who=file.actor, sha=file.sha256[:12]))
        st.download_button(
            label(file.name), data, file.name, "application/octet-stream", key=f"file_{file.id}"
        )
    with st.form(
        acting.field("file", found.alert), clear_on_submit=True, border=False, enter_to_submit=False
    ):
        given = st.file_uploader(w("handle.file"), max_upload_size=20)
        said = st.text_input(w("act.words"))
        if st.form_submit_button(w("handle.save")) and given is not None:
            name, data = given.name, given.getvalue()
            acting.attempt(
                w, lambda: acts.attach(database(), person.name, found.alert.id, name, data, said),
                w("handle.attached"), at="files",
            )  # fmt: skip
