"""What leaves the desk: evidence packages and tables of alerts, each told of in the audit log."""

import re
import tempfile
from pathlib import Path

import streamlit as st

from app_pages import acting
from app_pages.desk import Desk, database, zone
from app_pages.words import Words
from cases.export import export
from cases.package.write import Package, write
from cases.people import Actor
from cases.roles import May
from detect.kept import load
from features.catalogue import Grain
from records.source import BadInput

FORMS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "402": "text/csv",
}
_MADE = "package_made"


def package(w: Words, person: Actor, desk: Desk, grain: str, subject: str, *, personal: bool) -> None:
    """Offer the evidence package of a case to those who may export; `personal` if it was unmasked here."""
    if not person.may(May.EXPORT):
        return
    with st.expander(w("hand.package")):
        st.caption(w("hand.package_note"))
        if st.button(w("hand.make")):
            st.session_state[_MADE] = (subject, w.lang, _made(w, person, desk, grain, subject, personal))
        made_of, lang, made = st.session_state.get(_MADE, (None, None, None))
        if made is not None and (made_of, lang) == (subject, w.lang):
            st.download_button(
                w("hand.download"),
                made.content,
                f"{file_stem(subject)}.{w.lang}.zip",
                "application/zip",
                on_click="ignore",
            )
            st.caption(w("hand.check"))
            fingerprint = made.manifest["signature"]["fingerprint"]
            st.code(f"bidlens verify FILE --key {fingerprint}", "bash", wrap_lines=True)


def tables(w: Words, person: Actor, desk: Desk) -> None:
    """Offer all alerts as a table to those who may export."""
    if not person.may(May.EXPORT):
        return
    with st.popover(w("hand.export")):
        st.caption(w("hand.scope"))
        form = st.radio(w("hand.form"), list(FORMS), format_func=lambda f: w(f"form.{f}"))
        if not st.button(w("hand.make")):
            return
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "alerts"
            rows = export(
                file,
                form,
                desk.summary(),
                database(),
                lang=w.lang,
                zone=zone(),
                role=person.role,
                actor=person.name,
                unopened=desk.sealed()["tender_id"].to_list(),
            )
            name = f"alerts.{'csv' if form == '402' else form}"
            st.download_button(
                w("hand.rows", n=f"{rows:,}"), file.read_bytes(), name, FORMS[form], on_click="ignore"
            )


def file_stem(subject: str) -> str:
    """The id of a subject as the name of a file: letters, digits and hyphens, the rest as underscores.

    >>> file_stem("../A|B 1"), file_stem("标段-1")
    ('_A_B_1', '标段-1')
    """
    return re.sub(r"[^\w-]+", "_", subject)[:80]


def _made(w: Words, person: Actor, desk: Desk, grain: str, subject: str, personal: bool) -> Package | None:
    run = desk.of(subject) if grain == Grain.TENDER.value else load(desk.folder)
    try:
        return write(
            desk.workspace, run, grain, subject, lang=w.lang, role=person.role,
            personal=w("hand.unmasked_on_page") if personal else None, actor=person.name, engine=database(),
        )  # fmt: skip
    except BadInput as problem:
        acting.said(w, str(problem))
        return None
