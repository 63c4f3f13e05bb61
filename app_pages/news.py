"""News for the person at the screen: who named them, what was given to them, what came back or is new."""

from urllib.parse import urlencode

import streamlit as st

from app_pages import address
from app_pages.desk import Desk, database, moment
from app_pages.markup import draw, fill
from app_pages.words import Words
from cases import desk as acts
from cases.desk import News, Returned
from cases.people import Actor
from cases.roles import May
from features.catalogue import Grain

MOST = 20
"""Items that are drawn; the others follow once these are read."""


def menu(w: Words, person: Actor, desk: Desk | None) -> None:
    """Draw how much is new, and behind it what."""
    if desk is None:
        return
    told = acts.news(database(), person.name)
    back = acts.returned(database(), person.name)
    if told or back:  # before the opening, even that there is something to tell says too much
        sealed = set() if person.may(May.SEE_SEALED) else set(desk.sealed()["tender_id"])
        told = [x for x in told if x.subject_id not in sealed]
        back = [x for x in back if x.subject_id not in sealed]
    n = len(told) + len(back)
    with st.popover(w("news.some", n=n) if n else w("news.title")):
        if not n:
            st.caption(w("news.none"))
        for late in back[:MOST]:
            _back(w, person, late)
        for item in told[:MOST]:
            _told(w, item)
        if told:
            read = [t.id for t in told[:MOST]]
            st.button(w("news.read"), on_click=acts.seen, args=(database(), person.name, read))


def _told(w: Words, item: News) -> None:
    draw(
        fill(
            '<div class="news"><b>{what}</b> <a href="{href}" target="_self">{title}</a>'
            '<p>{said}</p><span class="small">{who} · {at}</span></div>',
            what=w(f"news.{item.kind}"),
            href=_href(item),
            title=item.title,
            said=item.text or "",
            who=item.actor,
            at=moment(item.at)[:16],
        )
    )


def _back(w: Words, person: Actor, item: Returned) -> None:
    draw(
        fill(
            '<div class="news"><b>{what}</b> <a href="{href}" target="_self">{title}</a><br>'
            '<span class="small">{at}</span></div>',
            what=w("news.back_from_later"),
            href=_href(item),
            title=item.title,
            at=moment(item.since)[:16],
        )
    )
    if person.may(May.WORK):
        st.button(w("news.tick_off"), key=f"back_{item.alert_id}", on_click=_wake, args=(person.name, item))


def _wake(person: str, item: Returned) -> None:
    """Tick it off; who changed the alert just now has seen it as well."""
    try:
        acts.wake(database(), person, item.alert_id, item.version)
    except (acts.Changed, acts.Unfit, acts.Refused):
        return


def _href(item: News | Returned) -> str:
    about = {"tender": item.subject_id} if item.grain == Grain.TENDER else {"party": item.subject_id}
    page = "case" if item.grain == Grain.TENDER else "parties"
    return f"{page}?{urlencode({**about, **address.personal()})}"
