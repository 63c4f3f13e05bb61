"""Parties: firms, pairs, groups, buyers and experts whose history over many tenders is worth a look."""

from dataclasses import replace

import polars as pl
import streamlit as st

from app_pages import acting, bulk, following, handing_on, markup, party_desk, pointers, who
from app_pages.desk import Desk, local, opened
from app_pages.findings import by_rule, card
from app_pages.lead_table import Column, Row, badge, chips, lead_table, link, small, stands, text
from app_pages.markup import draw, fill
from app_pages.scored import scores_table
from app_pages.unmasking import offer, unmasked
from app_pages.words import Words, words
from cases.people import Actor
from cases.roles import May
from cases.tables import Alert
from detect.explain import explain_parties
from detect.explanation import Likeness, Party
from detect.kept import of_parties, scan
from features.catalogue import Grain
from records.visible import visible, visible_column

PER_PAGE = 100
_OF_BIDDERS = (Grain.BIDDER, Grain.PAIR, Grain.GROUP)


def main() -> None:
    """Draw the page."""
    w = words()
    person = who.actor(w)
    desk = opened(w)
    asked = st.query_params.get("party", "")
    chosen = scan(desk.folder, "party_alerts").filter(pl.col("party_id") == asked).collect()
    if chosen.is_empty():
        _list(w, person, desk)
    else:
        st.button(w("parties.back"), on_click=_forget)
        personal = unmasked(w, May.UNMASK, asked)
        market = desk.market(personal=personal)
        for party in explain_parties(of_parties(desk.folder, chosen), market, chosen, w.lang):
            with st.sidebar:
                found = party_desk.panel(w, person, party)
                handing_on.package(w, person, desk, party.grain, party.party_id, personal=personal)
                following.choice(w, person, _followable(desk, party, chosen, personal=personal))
            _detail(_unsealed(party, desk), w)
            party_desk.history(w, found)
            _personal(desk, party, w)


def _unsealed(party: Party, desk: Desk) -> Party:
    """The party without tenders that have not been opened: that it bids there must not be known yet."""
    sealed = pl.col("tender_id").is_in(desk.sealed()["tender_id"].to_list())
    return replace(party, tenders=party.tenders.filter(~sealed))


def _followable(
    desk: Desk, party: Party, alert: pl.DataFrame, *, personal: bool
) -> dict[following.Subject, str]:
    """The buyer or the bidders of a lead; persons only once they were unmasked."""
    if party.grain == Grain.BUYER:
        return {("buyer", name): name for name in party.names}
    ids = alert["subjects"].item().to_list() if party.grain in _OF_BIDDERS else []
    hidden = set() if personal else set(desk.persons(ids))
    return {("bidder", i): name for i, name in zip(ids, party.names, strict=False) if i not in hidden}


def _forget() -> None:
    st.query_params.pop("party", None)


def _list(w: Words, person: Actor, desk: Desk) -> None:
    st.subheader(w("parties.title"))
    st.write(w("parties.why"))
    alerts = scan(desk.folder, "party_alerts").head(PER_PAGE).collect()
    if alerts.is_empty():
        st.info(w("parties.none"))
        return
    parties = explain_parties(of_parties(desk.folder, alerts), desk.market(), alerts, w.lang)
    known = party_desk.known(parties)
    picked = lead_table(
        w, w("parties.title"), "parties",
        [
            Column(w("parties.level"), 9),
            Column(w("parties.names"), 43),
            Column(w("parties.tenders"), 9, "right"),
            Column(w("parties.why_column"), 27),
            Column(w("queue.stands"), 12),
        ],
        [_row(w, p, known.get((p.grain, p.party_id))) for p in parties],
        key="party_rows", tickable=person.may(May.WORK) and bool(known),
    )  # fmt: skip
    if picked.opened is not None:
        st.query_params["party"] = str(picked.opened)
        st.rerun()
    ticked = [a for a in known.values() if a.subject_id in picked.ticked]
    acting.show_done(w)
    bulk.bar(w, person, {a.id: a.version for a in ticked})
    total = scan(desk.folder, "party_alerts").select(pl.len()).collect().item()
    st.caption(w("parties.range", n=len(parties), total=f"{total:,}"))


def _row(w: Words, party: Party, alert: Alert | None) -> Row:
    names = ("、" if w.lang == "zh" else ", ").join(party.names)
    rules = dict.fromkeys((f.rule_id, f.title) for f in party.findings)
    return Row(
        party.party_id, {"party": party.party_id}, names,
        [
            [badge(party.level, w)],
            [link(names), small(party.kind)],
            [text(f"{party.n_tenders:,}")],
            [text(next(iter(rules), ("", ""))[1]), chips(list(rules))],
            [] if alert is None else stands(w, alert),
        ],
    )  # fmt: skip


def _detail(party: Party, w: Words) -> None:
    draw(
        fill(
            '<div class="case-head">{badge}<h2>{kind}</h2><div class="where">{names}</div></div>',
            badge=markup.badge(party.level, w),
            kind=party.kind,
            names=" · ".join(visible(name) for name in party.names),
        )
    )
    pointers.to_cases(party, w)
    for hits in by_rule(party.findings):
        card(hits, w)
    if party.likeness is not None:
        _likeness(party.likeness, w)
    scores_table(party.scored, w("parties.scored"), {}, w)
    st.subheader(w("parties.tenders"))
    st.dataframe(
        party.tenders.select(
            pl.format("case?tender={}&lang={}", pl.col("tender_id"), pl.lit(w.lang)).alias("link"),
            visible_column(pl.col("title").fill_null(pl.col("tender_id"))).alias("title"),
            local(pl.col("deadline_at")).dt.date().alias("deadline"),
        ),
        hide_index=True,
        column_config={
            "link": st.column_config.LinkColumn(w("case.tender_id"), display_text=r"tender=([^&]*)"),
            "title": w("column.title"),
            "deadline": st.column_config.DateColumn(w("column.deadline_at"), format="YYYY-MM-DD"),
        },
        alt=w("parties.tenders"),
    )


def _personal(desk: Desk, party: Party, w: Words) -> None:
    """Names of persons among the firms, and the id of an expert, for those who give a reason."""
    expert = party.grain == Grain.EXPERT
    if not (expert or desk.persons(party.party_id.split("|"))):
        return
    if not unmasked(w, May.UNMASK, party.party_id):
        offer(w, May.UNMASK, party.party_id, w("mask.expert") if expert else w("mask.personal"))
    elif expert:
        st.code(party.party_id, language=None)


def _likeness(likeness: Likeness, w: Words) -> None:
    """What the pattern looks like, with every value that speaks for or against it."""
    st.subheader(w("parties.likeness", what=likeness.title))
    st.caption(w("parties.likeness_note", n=likeness.points))
    st.dataframe(
        pl.DataFrame(
            {
                "points": [points for _, points in likeness.signs],
                "sign": [value.label.rstrip(".。") for value, _ in likeness.signs],
                "value": [value.value for value, _ in likeness.signs],
            }
        ),
        hide_index=True,
        column_config={
            "points": st.column_config.NumberColumn(w("parties.points"), format="%+d"),
            "sign": w("parties.sign"),
            "value": st.column_config.NumberColumn(w("parties.value"), format="%.3g"),
        },
        alt=w("parties.likeness", what=likeness.title),
    )


main()
