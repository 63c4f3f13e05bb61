"""What lies around a case: earlier meetings of its bidders, their ties, and past cases like it."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from app_pages import address, network_chart
from app_pages.desk import KEPT, Desk, Seen, database, local
from app_pages.markup import draw, fill, fitted, several
from app_pages.quantity import in_currency
from app_pages.words import Words, keyed
from cases.database import reading
from cases.similar import decided, labelled, met, similar
from detect.exclusions import EXCLUSIONS
from detect.kept import scan
from detect.network import SORTS, Network, network
from detect.together import together
from records.kinds import KINDS
from records.tables import Market
from records.visible import visible, visible_column

_DATES = ("deadline", "first", "last", "decided")
VIEWS = ("together", "network", "similar")
_WIDE, _NARROW = 46, 30
"""Widths in characters at which texts of a table are cut."""


def surroundings(seen: Seen, market: Market, w: Words) -> None:
    """Draw one of the three views; only the one that is asked for is computed."""
    st.subheader(w("around.title"))
    view = st.segmented_control(
        w("around.title"), VIEWS, default=VIEWS[0], key=keyed(w, "around"), required=True,
        format_func=lambda v: w(f"around.{v}"), label_visibility="collapsed",
    )  # fmt: skip
    if view == "network":
        _network(seen, market, w)
    elif view == "similar":
        _similar(seen.desk, market, seen.tender, w)
    else:
        _together(seen, market, w)


@st.cache_resource(max_entries=KEPT, show_spinner=False, hash_funcs={Seen: Seen.mark})
def _met(seen: Seen, _market: Market) -> tuple[pl.DataFrame, int]:
    return together(_market, seen.tender)


@st.cache_resource(max_entries=KEPT, show_spinner=False, hash_funcs={Seen: Seen.mark})
def _tied(seen: Seen, _market: Market) -> Network:
    return network(_market, seen.tender)


@st.cache_resource(max_entries=KEPT, show_spinner=False, hash_funcs={Seen: Seen.mark})
def _others(seen: Seen, tender_ids: tuple[str, ...], _market: Market) -> pl.DataFrame:  # noqa: ARG001  (key)
    told = _market.tenders.filter(pl.col("tender_id").is_in(tender_ids)).select(
        "tender_id", "title", pl.coalesce("buyer_name", "buyer_id").alias("buyer"), "deadline_at"
    )
    return told.sort("deadline_at", "tender_id", descending=[True, False]).collect()


def _together(seen: Seen, market: Market, w: Words) -> None:
    found, total = _met(seen, market)
    if found.is_empty():
        st.info(w("around.never_met"))
        return
    st.caption(w("around.together_note", shown=found.height, total=f"{total:,}"))
    won = pl.col("won_by_one").replace_strict({True: w("value.yes"), False: w("value.no")}, default=None)
    table = found.select(
        _link(w),
        _text(pl.col("title").fill_null(pl.col("tender_id")), found).alias("title_of"),
        local(pl.col("deadline_at")).dt.date().alias("deadline"),
        pl.col("met").list.len().alias("n_met"),
        _text(pl.col("met").list.join(_joint(w)), found).alias("met"),
        "n_bids",
        _text(pl.col("winner"), found).alias("winner"),
        won.alias("won_by_one"),
        pl.col("price").cast(pl.Float64),
        "currency",
        (100 * pl.col("price") / pl.col("estimate")).cast(pl.Float64).alias("share"),
    )
    price = in_currency(w("around.price"), found["currency"], w)
    alone = table.drop("currency") if found["currency"].n_unique() == 1 else table
    _table(alone, w, w("around.together"), price=price)


def _network(seen: Seen, market: Market, w: Words) -> None:
    desk, tender_id, found = seen.desk, seen.tender, _tied(seen, market)
    if found.ties.is_empty():
        st.info(w("around.no_ties"))
        return
    ties = _chosen(found, _deadline(market, tender_id), w)
    firms = network_chart.placed(found)
    picked = st.altair_chart(
        network_chart.chart(ties, firms, w), on_select="rerun", selection_mode=network_chart.PICKED,
        key=f"network_{tender_id}", alt=w("around.network"),
    )  # fmt: skip
    left_out = w("around.left_out", n=found.left_out) if found.left_out else ""
    st.caption(f"{w('around.network_note')} {left_out}")
    chosen = [p["bidder_id"] for p in picked["selection"][network_chart.PICKED]]
    if chosen:
        _firm(desk, found, chosen[0], w)
        ties = ties.filter(pl.any_horizontal(pl.col("bidder_a", "bidder_b") == chosen[0]))
    _ties(ties, found, w)


def _chosen(found: Network, deadline: datetime | None, w: Words) -> pl.DataFrame:
    """The ties of the sorts and the time that were asked for; undated ones belong to every time."""
    there = [s for s in SORTS if s in set(found.ties["sort"])]
    row = st.columns([3, 2], gap="large")
    sorts = row[0].pills(
        w("tie.sorts"), there, selection_mode="multi", default=there, key=keyed(w, "tie_sorts"),
        format_func=lambda s: w(f"tie.{s}"),
    )  # fmt: skip
    first, last = (found.ties.select(f("at")).item() for f in (pl.min, pl.max))
    ties = found.ties.filter(pl.col("sort").is_in(list(sorts)))
    if first is None or last - first < timedelta(days=1):
        return ties
    until = min(max(deadline or last, first), last)
    since, to = row[1].slider(
        w("tie.time"), first.date(), last.date() + timedelta(days=1), format="YYYY-MM",
        value=(first.date(), until.date() + timedelta(days=1)), help=w("tie.time_help"),
    )  # fmt: skip
    return ties.filter(pl.col("at").is_null() | pl.col("at").is_between(_midnight(since), _midnight(to)))


def _firm(desk: Desk, found: Network, bidder: str, w: Words) -> None:
    """The firm that was clicked, with the way to leads about its history."""
    firm = found.firms.filter(bidder_id=bidder).row(0, named=True)
    found_in = scan(desk.folder, "party_alerts").filter(pl.col("subjects").list.contains(bidder))
    leads = found_in.select("party_id").head(5).collect()["party_id"]
    links = [
        {"href": f"parties?{urlencode({'party': p, **address.personal()})}", "text": w("tie.leads", n=i + 1)}
        for i, p in enumerate(leads)
    ]
    draw(
        fill(
            '<div class="picked"><b>{name}</b> · {record} {links}</div>',
            name=firm["name"],
            record=w("tie.record", tenders=f"{firm['tenders']:,}", wins=f"{firm['wins']:,}"),
            links=several(' · <a href="{href}" target="_self">{text}</a>', links),
        )
    )


def _ties(ties: pl.DataFrame, found: Network, w: Words) -> None:
    """The same as a table: which firms, by what, how often, and where to look."""
    if ties.is_empty():
        st.info(w("around.none_chosen"))
        return
    names = dict(found.firms.select("bidder_id", "name").iter_rows())
    kinds = {k: _kind(k, w) for k in ties["kind"].unique()}
    order = {s: i for i, s in enumerate((*SORTS[1:], SORTS[0]))}
    counted = (
        ties.sort("at", nulls_last=False)
        .group_by("bidder_a", "bidder_b", "sort", "kind", maintain_order=True)
        .agg(
            pl.len().alias("n"),
            pl.col("at").min().alias("first"),
            pl.col("at").max().alias("last"),
            pl.col("tender_id").drop_nulls().last(),
        )
        .sort(pl.col("sort").replace_strict(order), pl.col("n"), descending=[False, True])
    )
    table = counted.select(
        _text(pl.col("bidder_a").replace_strict(names, default=None), counted).alias("firm_a"),
        _text(pl.col("bidder_b").replace_strict(names, default=None), counted).alias("firm_b"),
        pl.col("kind").replace_strict(kinds).alias("kind"),
        "n",
        local(pl.col("first")).dt.date(),
        local(pl.col("last")).dt.date(),
        pl.when(pl.col("tender_id").is_not_null()).then(_link(w)).alias("link"),
    )
    _table(table, w, w("around.network"))


def _similar(desk: Desk, market: Market, tender_id: str, w: Words) -> None:
    rules = desk.of(tender_id).hits["rule_id"].unique().to_list()
    with reading(database()) as session:
        here = decided(session, rules, met(market, tender_id))
    outcomes = pl.concat([here, labelled(market)])
    found = similar(scan(desk.folder, "hits"), market, tender_id, outcomes)
    if found.is_empty():
        st.info(w("around.none_similar") if outcomes.height else w("around.none_decided"))
        return
    st.caption(w("around.similar_note"))
    outcome = {o: w(f"state.{o}") for o in found["outcome"].unique()}
    table = found.select(
        _link(w),
        (100 * pl.col("likeness")).alias("likeness"),
        _text(pl.col("title").fill_null(pl.col("tender_id")), found, _NARROW).alias("title_of"),
        pl.col("outcome").replace_strict(outcome).alias("outcome"),
        pl.Series("reason", [_reason(r, w) for r in found["reason"]], pl.String),
        local(pl.col("at")).dt.date().alias("decided"),
        _text(pl.col("rules").list.join(", "), found, _NARROW),
        _text(pl.col("bidders").list.join(_joint(w)), found, _NARROW).alias("shared_bidders"),
    )
    _table(table, w, w("around.similar"))


def related(seen: Seen, tender_ids: tuple[str, ...], market: Market, w: Words) -> None:
    """List the other tenders of a case: what they are about, whose, when."""
    if not tender_ids:
        return
    st.subheader(w("case.related"))
    found = _others(seen, tender_ids, market)
    table = found.select(
        _link(w),
        _text(pl.col("title").fill_null(pl.col("tender_id")), found).alias("title_of"),
        _text(pl.col("buyer"), found).alias("buyer"),
        local(pl.col("deadline_at")).dt.date().alias("deadline"),
    )
    _table(table, w, w("case.related"))


def _table(table: pl.DataFrame, w: Words, name: str, *, price: str = "") -> None:
    st.dataframe(
        table, hide_index=True, placeholder="–", column_config=_columns(table, w, price), alt=name,
        height=min(table.height, 12) * 35 + 38,
    )  # fmt: skip


def _columns(table: pl.DataFrame, w: Words, price: str) -> dict[str, ColumnConfig | str | None]:
    c = st.column_config
    special: dict[str, ColumnConfig] = {
        "link": c.LinkColumn(w("case.tender_id"), display_text=r"tender=([^&]*)"),
        "price": c.NumberColumn(price, format="localized"),
        "share": c.NumberColumn(w("around.share"), format="%.1f %%"),
        **{n: c.DateColumn(w(f"around.{n}"), format="YYYY-MM-DD") for n in _DATES},
        "likeness": c.NumberColumn(w("around.likeness"), format="%.0f %%"),
    }
    return {n: special.get(n) or w(f"around.{n}") for n in table.columns}


def _link(w: Words) -> pl.Expr:
    return pl.format("case?tender={}&lang={}", _quoted(pl.col("tender_id")), pl.lit(w.lang)).alias("link")


def _quoted(text: pl.Expr) -> pl.Expr:
    """An id as it may stand in an address; ids are the sources' own words."""
    for sign, code in (("%", "%25"), ("&", "%26"), ("#", "%23"), ("+", "%2B"), ("?", "%3F"), (" ", "%20")):
        text = text.str.replace_all(sign, code, literal=True)
    return text


def _text(text: pl.Expr, table: pl.DataFrame, width: int = _WIDE) -> pl.Series:
    return fitted(table.select(visible_column(text)).to_series(), width)


def _kind(kind: str, w: Words) -> str:
    known = KINDS.get(kind)
    if known is not None:
        return known.zh if w.lang == "zh" else known.en
    return w(f"kind.{kind}") if w.has(f"kind.{kind}") else visible(kind)


def _reason(code: str | None, w: Words) -> str | None:
    """Why a case was closed, or what kind of decision a label is."""
    if code is None:
        return None
    known = {x.code: x.zh if w.lang == "zh" else x.en for x in EXCLUSIONS}
    if code in known:
        return f"{code} {known[code]}"
    return w(f"basis.{code}") if w.has(f"basis.{code}") else visible(code)


def _joint(w: Words) -> str:
    return "、" if w.lang == "zh" else ", "


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _deadline(market: Market, tender_id: str) -> datetime | None:
    found = market.tenders.filter(pl.col("tender_id") == tender_id).select("deadline_at").collect()
    at: datetime | None = found.item()
    return at
