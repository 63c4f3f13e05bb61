"""Explaining for longer than one look: a finding until a day, or a shared value once for all."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import streamlit as st

from app_pages import acting
from app_pages.desk import Desk, database, midnight, moment, newest
from app_pages.markup import draw, fill
from app_pages.words import Words, keyed
from cases import desk as acts
from cases.desk import Detail
from cases.people import Actor
from cases.suppress import Scope
from cases.workflow import State
from detect.exclusions import lists_for, shared_kinds
from detect.explanation import Explanation, Party
from detect.kept import scan
from detect.listing_effect import effect
from detect.rule import all_rules
from records.kinds import KINDS
from records.lists import Entry, stands_behind
from records.store import Store
from records.visible import visible


def finding(w: Words, person: Actor, found: Detail, story: Explanation | Party) -> None:
    """Explain what a rule finds until a day, and end such explanations."""
    st.caption(w("handle.explain_note"))
    joint = "、" if w.lang == "zh" else ", "
    said_of = [f"{f.rule_id} {f.title}: {joint.join(map(visible, f.subjects))}" for f in story.findings]
    if said_of:
        at = st.selectbox(w("handle.finding"), range(len(said_of)), format_func=said_of.__getitem__)
        chosen = story.findings[at]
        scopes = {s.value: s for s in Scope}
        scope = scopes[st.radio(w("handle.scope"), list(scopes), format_func=lambda s: w(f"scope.{s}"))]
        known = acting.reasons(w, State.EXPLAINED)
        code = st.selectbox(
            w("act.reason"), list(known), format_func=known.__getitem__, key=keyed(w, "explain_reason")
        )
        end = (datetime.now(UTC) + timedelta(days=180)).date()
        day = st.date_input(w("handle.until"), end, key="explain_day")
        said = st.text_area(w("act.words"), key="explain_words")
        if st.button(w("handle.save"), key="explain_save"):
            acting.attempt(
                w,
                lambda: acts.suppress(
                    database(), person.name, found.alert.id, chosen.rule_id, scope, reason=code, text=said,
                    until=midnight(day), bidders=chosen.subject_ids if scope is Scope.BIDDERS else (),
                ),
                w("handle.explained"), at="explain",
            )  # fmt: skip
    acting.show_done(w, "explain")
    for s in found.suppressions:
        draw(fill("<p>{x}</p>", x=w("handle.in_force", rule=s.rule_id, until=moment(s.until)[:10])))
        st.text(visible(s.text))
        if st.button(w("handle.lift"), key=f"lift_{s.id}"):
            acting.attempt(
                w, lambda s=s: acts.lift(database(), person.name, s.id, w("handle.lifted")),  # type: ignore[misc]
                w("handle.lifted"), at="lift",
            )  # fmt: skip


def value(w: Words, person: Actor, found: Detail, desk: Desk, rules: list[str]) -> None:
    """Put a value that two bidders share on the list that explains it, for all tenders of a period.

    Values that the first of these rules reads come first.
    """
    shared = values(desk, found.alert.subject_id, rules)
    if shared.is_empty():
        st.caption(w("sharing.none"))
        return
    st.caption(w("sharing.note"))
    rows = shared.rows(named=True)
    at = st.selectbox(w("sharing.value"), range(len(rows)), format_func=lambda i: _shown(w, rows[i]))
    row = rows[at]
    draw(fill("<p>{x}</p>", x=_shown(w, row)))
    lists = [x.value for x in lists_for(row["kind"])]
    listing = st.selectbox(w("sharing.list"), lists, format_func=lambda x: w(f"listing.{x}"))
    told = row["display"] or ""
    if not stands_behind(_store(desk), row["kind"], told, row["value_hash"]):
        told = st.text_input(w("sharing.masked"), help=w("sharing.masked_help"))
    owner = st.text_input(w("sharing.owner"), help=w("sharing.owner_help"))
    today = datetime.now(UTC).date()
    since = st.date_input(w("sharing.since"), min(today, row["first"] or today), key="list_since")
    until = st.date_input(w("sharing.until"), today + timedelta(days=365), key="list_until")
    _effect(w, desk, row["kind"], row["value_hash"], since, until)
    said = st.text_area(w("sharing.reason"), key="list_reason")
    if st.button(w("handle.save"), key="list_save"):
        acting.attempt(
            w,
            lambda: _list(
                person, found, desk, row["value_hash"],
                Entry(listing, row["kind"], told, owner, said, since, until),
            ),
            w("sharing.listed"), at="value",
        )  # fmt: skip


def values(desk: Desk, tender_id: str, rules: list[str]) -> pl.DataFrame:
    """The values behind hits of these rules that no list explains: `kind, value_hash, display, first`.

    In the order of the rules; `first` is the earliest deadline of a tender of the run that shows the value.
    """
    kinds = list(dict.fromkeys(k for r in rules for k in sorted(shared_kinds(all_rules()[r]))))
    key, unexplained = ["kind", "value_hash"], pl.col("exclusion").is_null()
    of_tender = scan(desk.folder, "facts").filter(pl.col("tender_id") == tender_id)
    here = of_tender.filter(unexplained, pl.col("kind").is_in(kinds))
    shown_in = _everywhere(desk, "facts", [*key, "deadline_at"]).join(here, on=key, how="semi")
    first = shown_in.group_by(key).agg(pl.col("deadline_at").min().dt.date().alias("first"))
    shown = here.select(*key, "display").unique(key, keep="first")
    in_turn = pl.col("kind").cast(pl.Enum(kinds))
    return shown.join(first, on=key).sort(in_turn, "value_hash").collect()


def _list(person: Actor, found: Detail, desk: Desk, value_hash: str, entry: Entry) -> None:
    store = _store(desk)
    if not stands_behind(store, entry.kind, entry.value, value_hash):
        raise acts.Unfit(*(w("sharing.not_this") for w in (Words("en"), Words("zh"))))
    acts.explain_value(database(), person.name, store, entry, found.alert.id)


def _effect(w: Words, desk: Desk, kind: str, value_hash: str, since: date, until: date) -> None:
    sides = ["tender_id", "bidder_a", "bidder_b", "kind", "kind_b"]
    facts = _everywhere(desk, "facts", [*sides, "value_hash", "deadline_at", "exclusion"])
    alerts = _everywhere(desk, "alerts", ["tender_id", "rule_ids"]).unique("tender_id", keep="first")
    e = effect(facts, alerts, kind, value_hash, midnight(since), midnight(until))
    st.info(
        w("sharing.effect", tenders=f"{e.tenders:,}", pairs=f"{e.pairs:,}", alerts=f"{e.alerts:,}",
          at_most=f"{e.at_most:,}")
    )  # fmt: skip


def _everywhere(desk: Desk, frame: str, columns: list[str]) -> pl.LazyFrame:
    """A frame of the run on screen and of the newest, where the former was only added to the latter."""
    whole = newest()
    folders = dict.fromkeys([desk.folder, *([whole.folder] if whole else [])])
    return pl.concat([scan(folder, frame).select(columns) for folder in folders])


def _shown(w: Words, row: dict[str, str]) -> str:
    kind = KINDS[row["kind"]]
    return f"{kind.zh if w.lang == 'zh' else kind.en}: {visible(row['display'] or w('value.unknown'), 60)}"


def _store(desk: Desk) -> Store:
    return Store(desk.workspace)
