"""Ways between a case and what waits elsewhere: open leads on its firms or buyer, and back to open cases."""

from pathlib import Path
from urllib.parse import urlencode

import polars as pl
import streamlit as st
from sqlalchemy import func, select

from app_pages import address
from app_pages.desk import KEPT, Desk, database
from app_pages.markup import SYMBOLS, draw, fill, several
from app_pages.words import Words
from cases.database import reading
from cases.tables import GONE, Alert
from detect.explanation import Explanation, Party
from detect.kept import scan
from detect.rule import all_rules
from detect.terms import Level
from features.catalogue import Grain

MOST = 5
"""Links that are drawn; the rest is counted."""

LOOKED = 5_000
"""Leads, or latest tenders, that the desk is asked about."""

_OPEN = (Alert.closed_at.is_(None), Alert.place != GONE)


def to_parties(desk: Desk, story: Explanation, w: Words) -> None:
    """Point from a case to open leads on its bidders or its buyer; nothing where there are none."""
    bidders = tuple(story.bids["bidder_id"].unique().sort())
    about = _leads(str(desk.folder), bidders, story.tender["buyer_id"])
    if not about:
        return
    asked = select(Alert).where(Alert.subject_id.in_([i for _, i in about]), *_OPEN)
    worst = asked.order_by(Alert.level.desc(), Alert.attention.desc(), Alert.id)
    with reading(database()) as session:
        found = [a for a in session.scalars(worst) if (a.grain, a.subject_id) in about]
    names = dict(story.bids.select("bidder_id", "name").iter_rows())
    links = [
        (_party(a, about[a.grain, a.subject_id], names, w), "parties", {"party": a.subject_id})
        for a in found[:MOST]
    ]
    _draw(w("pointer.parties"), links, len(found), w)


def to_cases(party: Party, w: Words) -> None:
    """Point from a party to the open cases among its tenders, the worst first."""
    ids = party.tenders["tender_id"].tail(LOOKED).to_list()
    asked = select(Alert).where(Alert.grain == Grain.TENDER.value, Alert.subject_id.in_(ids), *_OPEN)
    worst = asked.order_by(Alert.level.desc(), Alert.attention.desc(), Alert.id).limit(MOST)
    with reading(database()) as session:
        n = session.scalar(select(func.count()).select_from(asked.subquery())) or 0
        found = list(session.scalars(worst))
    links = [(f"{_symbol(a)} {a.title or a.subject_id}", "case", {"tender": a.subject_id}) for a in found]
    _draw(w("pointer.cases"), links, n, w)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _leads(folder: str, bidders: tuple[str, ...], buyer: str | None) -> dict[tuple[str, str], int]:
    """Leads of a run on some of these bidders, with how many they name, or on the buyer; the worst first."""
    here = pl.col("subjects").list.set_intersection(list(bidders)).list.len().fill_null(0)
    of_buyer = (pl.col("grain") == Grain.BUYER.value) & (pl.col("party_id") == pl.lit(buyer, pl.String))
    found = scan(Path(folder), "party_alerts").select("grain", "party_id", here.alias("n"), of=of_buyer)
    about = found.filter((pl.col("n") > 0) | pl.col("of")).head(LOOKED).collect()
    return {(grain, party): n for grain, party, n in about.select("grain", "party_id", "n").iter_rows()}


def _party(a: Alert, n: int, names: dict[str, str], w: Words) -> str:
    """A lead in a few words: how strong, on whom, and what it says."""
    rule = all_rules().get(next(iter(a.rule_ids), ""))
    said = "" if rule is None else (rule.zh if w.lang == "zh" else rule.en).title
    who = names.get(a.subject_id) or (w("pointer.n_here", n=n) if n > 1 else "")
    kind = w(f"grain.{a.grain}")
    return " ".join([_symbol(a), " · ".join(t for t in (kind, who, said) if t)])


def _symbol(a: Alert) -> str:
    return SYMBOLS[Level(a.level)] if a.level else ""


def _draw(name: str, links: list[tuple[str, str, dict[str, str]]], n: int, w: Words) -> None:
    if not links:
        return
    hrefs = (
        {"href": f"{page}?{urlencode({**query, **address.personal()})}", "text": text}
        for text, page, query in links
    )
    draw(
        fill(
            '<p class="pointer"><b>{name}</b> {links}{more}</p>',
            name=name,
            links=several('<a href="{href}" target="_self">{text}</a>', hrefs),
            more=w("pointer.more", n=n - len(links)) if n > len(links) else "",
        )
    )
