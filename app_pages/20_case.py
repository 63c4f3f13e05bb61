"""The case: one tender as a person reads it, top to bottom."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import polars as pl
import streamlit as st
from markupsafe import Markup

from app_pages import (
    address,
    bids_chart,
    following,
    handing_on,
    handling,
    holders,
    marks_table,
    pointers,
    prices,
    reuses_table,
    who,
)
from app_pages.desk import KEPT, Desk, Seen, local, moment, opened, zone_name
from app_pages.evidence import Held
from app_pages.findings import by_rule, card
from app_pages.markup import badge, draw, fill, table, tiles
from app_pages.quantity import between, in_currency, money, quantity
from app_pages.scored import scores_table
from app_pages.surroundings import related, surroundings
from app_pages.unmasking import offer, unmasked
from app_pages.words import Words, words
from cases.masking import masked
from cases.roles import May
from detect.explain import explain
from detect.explanation import Explanation
from detect.marks import Marks, marks, reads_marks
from detect.reuses import reads_reuses, reuses
from detect.rule import Rule, all_rules
from detect.usual_prices import Usual, usual
from features.catalogue import Grain
from records.tables import Market
from records.visible import visible, visible_column

QUEUE = "app_pages/10_queue.py"


def main() -> None:
    """Draw the page."""
    w = words()
    person = who.actor(w)
    tender = st.query_params.get("tender", "")
    whole = opened(w)
    desk = whole.at(tender)
    st.page_link(QUEUE, label=w("case.back"), query_params=address.way_back())
    if desk.of(tender).scores.is_empty():
        _choose(tender, w)
        return
    still = desk.sealed()
    if opening := dict(still.iter_rows()).get(tender):
        if not unmasked(w, May.SEE_SEALED, tender):
            _sealed(desk, tender, opening, w)
            return
        still = still.filter(pl.col("tender_id") != tender)
    personal = unmasked(w, May.UNMASK, tender)
    seen = Seen(desk, tender, personal, tuple(still["tender_id"].sort()))
    market = desk.market(sealed=still["tender_id"], personal=personal)
    story, names = _story(seen, w.lang, market)
    known = handling.found(tender)
    with st.sidebar:
        handling.panel(w, person, known, story, seen, market)
        handing_on.package(w, person, desk, Grain.TENDER, tender, personal=personal)
        following.choice(w, person, _followable(story))
    _head(story, w)
    pointers.to_parties(whole, story, w)
    prices.drawn(story, _usual(seen, market), w)
    may_list = known is not None and person.may(May.WORK) and person.may(May.SUPPRESS)
    of_marks, of_reuses = _rules(story, reads_marks), _rules(story, reads_reuses)
    given = _marks(seen, market) if of_marks else None
    sheet = None if given is None else marks_table.drawn(given, names, w, personal=personal)
    used = reuses_table.drawn(_reuses(seen, market), names, w) if of_reuses else None
    beside = {**dict.fromkeys(of_marks, sheet), **dict.fromkeys(of_reuses, used)}
    st.subheader(w("case.findings"))
    held = holders.held(seen, story, market, w)
    _findings(story, w, beside, held, may_list=may_list)
    _unusual(story, w)
    scores_table(story.scored, w("case.scored"), names, w)
    surroundings(seen, market, w)
    related(seen, tuple(t for t in story.related if t not in seen.sealed), market, w)
    _not_checked(story, w)
    _raw(story, w)
    if known is not None:
        handling.history(w, known)
    if "masked" in story.bids.columns and story.bids["masked"].any():
        offer(w, May.UNMASK, tender, w("mask.personal"))
    elif sheet is not None and not personal:
        offer(w, May.UNMASK, tender, w("mask.experts"))


@st.cache_resource(max_entries=KEPT, show_spinner=False, hash_funcs={Seen: Seen.mark})
def _story(seen: Seen, lang: str, _market: Market) -> tuple[Explanation, dict[str, str]]:
    """The story, and the names of the bidders by id, both as they may be seen."""
    story = explain(seen.desk.of(seen.tender), _market, seen.tender, lang)
    names = dict(story.bids.select("bidder_id", "name").iter_rows())
    return (story if seen.personal else _without_ids(story, seen.desk)), names


@st.cache_resource(max_entries=KEPT, show_spinner=False, hash_funcs={Seen: Seen.mark})
def _usual(seen: Seen, _market: Market) -> Usual | None:
    return usual(_market, seen.tender)


@st.cache_resource(max_entries=KEPT, show_spinner=False, hash_funcs={Seen: Seen.mark})
def _marks(seen: Seen, _market: Market) -> Marks | None:
    return marks(_market, seen.tender)


@st.cache_resource(max_entries=KEPT, show_spinner=False, hash_funcs={Seen: Seen.mark})
def _reuses(seen: Seen, _market: Market) -> pl.DataFrame:
    return reuses(_market, seen.tender)


def _rules(story: Explanation, reads: Callable[[Rule], bool]) -> set[str]:
    """The rules that found something and rest on what a table tells."""
    return {f.rule_id for f in story.findings if reads(all_rules()[f.rule_id])}


def _without_ids(story: Explanation, desk: Desk) -> Explanation:
    """The story with the ids of natural persons masked; their names are already."""
    people = pl.col("bidder_id").is_in(desk.persons(story.bids["bidder_id"].to_list()))
    shown = pl.when(people).then(masked(pl.col("bidder_id"))).otherwise("bidder_id").alias("bidder_id")
    return replace(story, bids=story.bids.with_columns(shown, people.alias("masked")))


def _sealed(desk: Desk, tender: str, opening: datetime, w: Words) -> None:
    """What may be said of a tender before its opening."""
    known = desk.market().tenders.filter(pl.col("tender_id") == tender).collect().row(0, named=True)
    where = [tender, known["buyer_name"] or known["buyer_id"], known["region"], known["category"]]
    draw(
        fill(
            '<div class="case-head"><h2>{title}</h2><div class="where">{where}</div></div>',
            title=known["title"] or tender,
            where=" · ".join(visible(x) for x in where if x),
        )
    )
    offer(w, May.SEE_SEALED, tender, w("mask.sealed", at=moment(opening)))


def _choose(tender: str, w: Words) -> None:
    if tender:
        draw(fill('<p class="case-head">{x}</p>', x=w("case.unknown", tender=visible(tender))))
    st.info(w("case.choose"))
    address.text("tender", w("case.tender_id"), w("case.tender_id_hint"))


def _head(story: Explanation, w: Words) -> None:
    t = story.tender
    mechanism = w(f"mechanism.{t['mechanism']}") if t["mechanism"] else ""
    where = [story.tender_id, story.buyer, t["region"], t["category"], mechanism]
    draw(
        fill(
            '<div class="case-head">{badge}<h2>{title}</h2><div class="where">{where}</div>'
            '<p class="headline">{headline}</p></div>',
            badge=badge(story.level, w),
            title=story.title,
            where=" · ".join(visible(x) for x in where if x),
            headline=story.headline,
        )
    )
    unknown, currency = w("value.unknown"), t["currency"]
    draw(
        tiles(
            [
                (w("column.estimate"), money(t["estimate"], currency, w), ""),
                (w("column.ceiling"), money(t["ceiling"], currency, w), ""),
                (w("queue.bids"), f"{story.bids.height:,}", ""),
                (
                    w("column.deadline_at"),
                    moment(t["deadline_at"])[:16] or unknown,
                    zone_name(w) if t["deadline_at"] else "",
                ),
                (w("queue.attention"), f"{story.attention:.0f}", w("case.attention_note")),
                (
                    w("case.rarity"),
                    w("case.not_scored") if story.score is None else f"{story.score:.1%}",
                    w(
                        "case.rarity_doubted"
                        if story.doubts and story.score is not None
                        else "case.rarity_note"
                    ),
                ),
            ]
        )
    )


def _followable(story: Explanation) -> dict[following.Subject, str]:
    """Buyer and bidders that can be followed; bidders who are persons only once they were unmasked."""
    buyer = story.tender["buyer_name"]
    hidden = pl.col("masked") if "masked" in story.bids.columns else pl.lit(False)
    firms = story.bids.filter(~hidden).select("bidder_id", "name").unique("bidder_id", maintain_order=True)
    bidders: dict[following.Subject, str] = {("bidder", i): name for i, name in firms.iter_rows()}
    return {**({("buyer", buyer): buyer} if buyer else {}), **bidders}


def _findings(
    story: Explanation, w: Words, beside: Mapping[str, Markup | None], held: Held, *, may_list: bool
) -> None:
    if not story.findings:
        st.write(w("case.only_rare" if story.level is not None else "case.no_findings"))
    for hits in by_rule(story.findings):
        card(hits, w, story.tender["currency"], beside.get(hits[0].rule_id), held)
        if may_list and any(f.exclusion is None for hit in hits for f in hit.facts):
            st.button(
                w("sharing.open"), key=f"list_{hits[0].rule_id}", help=w("sharing.note"),
                on_click=handling.choose, args=(w, handling.VALUE, hits[0].rule_id),
            )  # fmt: skip


def _unusual(story: Explanation, w: Words) -> None:
    if not story.unusual:
        return
    st.subheader(w("case.unusual"))
    st.caption(w("case.unusual_note"))
    if story.doubts:
        st.caption(w("case.unusual_doubted"))
    head = [w("case.measure"), w("case.value"), w("case.typical"), ""]
    currency = story.tender["currency"]
    rows = [
        (
            u.label.rstrip(".。"),
            quantity(u.value, u.unit, w, currency),
            between(u.typical_low, u.typical_high, u.unit, w, currency),
            w("case.below")
            if u.value < u.typical_low
            else w("case.above")
            if u.value > u.typical_high
            else "",
        )
        for u in story.unusual
    ]
    draw(table(head, rows))


def _not_checked(story: Explanation, w: Words) -> None:
    st.subheader(w("case.not_checked"))
    if story.not_checked:
        st.caption(w("case.not_checked_note"))
        joint = "、" if w.lang == "zh" else "; "
        rows = [
            (f"{n.rule_id} {n.title}", joint.join(dict.fromkeys(map(w.column, n.columns))))
            for n in story.not_checked
        ]
        draw(table([w("queue.rule"), w("case.missing")], rows))
    else:
        st.write(w("case.all_checked"))
    if story.not_applicable:
        st.caption(w("case.not_applicable", rules=", ".join(story.not_applicable)))


def _raw(story: Explanation, w: Words) -> None:
    st.subheader(w("case.raw"))
    st.caption(w("case.raw_note", zone=zone_name(w)))
    statuses = {s: w(f"status.{s}") for s in bids_chart.STATUSES}
    shown = story.bids.select(
        visible_column(pl.col("name")),
        visible_column(pl.col("bidder_id")),
        pl.col("amount").cast(pl.Float64),
        "currency",
        pl.col("status").cast(pl.String).replace_strict(statuses, default=None, return_dtype=pl.String),
        "rank",
        "won",
        local(pl.col("submitted_at")).dt.strftime("%Y-%m-%d %H:%M:%S").alias("submitted_at"),
    )
    number = st.column_config.NumberColumn
    labels = {c: w(f"column.{'bidder' if c == 'name' else c}") for c in shown.columns}
    amount = in_currency(w("column.amount"), shown["currency"], w)
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="–",
        column_config={**labels, "amount": number(amount, format="localized")},
        alt=w("case.raw"),
    )


main()
