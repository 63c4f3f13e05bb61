"""What people do about a lead on a party: it is an alert like that of a tender, and is handled like it."""

from collections.abc import Sequence

import streamlit as st
from sqlalchemy import select

from app_pages import handling
from app_pages.desk import database
from app_pages.words import Words
from cases import desk as acts
from cases.database import reading
from cases.desk import Detail
from cases.people import Actor
from cases.tables import Alert
from detect.explanation import Party


def known(parties: Sequence[Party]) -> dict[tuple[str, str], Alert]:
    """Alerts about these parties by grain and id; a run that was not laid on the desk has none."""
    wanted = {(p.grain, p.party_id) for p in parties}
    asked = select(Alert).where(
        Alert.grain.in_({grain for grain, _ in wanted}), Alert.subject_id.in_({i for _, i in wanted})
    )
    with reading(database()) as session:
        found = {(a.grain, a.subject_id): a for a in session.scalars(asked)}
    return {key: a for key, a in found.items() if key in wanted}


def panel(w: Words, person: Actor, party: Party) -> Detail | None:
    """Draw where the alert stands and what can be done with it; gives what the desk knows of it."""
    number = acts.found(database(), party.grain, party.party_id)
    found = None if number is None else acts.detail(database(), number)
    if found is None:
        st.caption(w("handle.not_on_desk"))
        return None
    handling.party_panel(w, person, found, party)
    return found


def history(w: Words, found: Detail | None) -> None:
    """Draw what was done with the alert."""
    if found is not None:
        handling.history(w, found)
