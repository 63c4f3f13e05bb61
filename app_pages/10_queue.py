"""The queue: what is worth a look, worst first."""

import polars as pl
import streamlit as st
from markupsafe import Markup
from streamlit.elements.lib.column_types import ColumnConfig

from app_pages import address
from app_pages.alerts import (
    LISTED,
    ORDERS,
    PER_PAGE,
    SCORE_ONLY,
    UNKNOWN,
    Filters,
    choices,
    cut,
    matching,
    n_pages,
    ordered,
    rules_fired,
)
from app_pages.desk import Desk, local, opened
from app_pages.markup import COLOURS, SYMBOLS, draw, fitted, level_word, tiles
from app_pages.words import Words, words
from detect.coverage import coverage
from detect.queue import Place
from detect.rule import Level, all_rules
from records.visible import visible_column

QUEUED = [Level.RED, Level.ORANGE, Level.YELLOW]
FITS = {"title": 27, "buyer_name": 22}  # half-width characters that a column shows at 1366 pixels
CHIPS = 3  # rules shown in a row; the next column counts the others
NAMES = ("q", "level", "rule", *LISTED, "order", "place")


def main() -> None:
    """Draw the page."""
    w = words()
    desk = opened(w)
    alerts = desk.run.alerts
    if alerts.is_empty():
        st.info(w("queue.no_alerts", tenders=f"{desk.run.manifest['n_tenders']:,}"))
        st.caption(w("queue.no_alerts_caution"))
        return
    filters, order = _ask(w, alerts)
    found = matching(_placed(w, alerts), filters)
    draw(_counts(w, desk, found))
    address.remember(NAMES)
    if found.is_empty():
        st.info(w("queue.nothing_matches"))
        st.button(w("queue.clear"), on_click=address.clear, args=(NAMES,))
        return
    page = address.page(n_pages(found.height))
    shown = cut(ordered(found, order), page)
    _rows(w, shown, alerts)
    _turning(w, page, found.height)


def _placed(w: Words, alerts: pl.DataFrame) -> pl.DataFrame:
    """The alerts that people are asked to look at; where some were left out, all of them on demand."""
    asked = alerts.filter(pl.col("place") != Place.LEFT_OUT.value)
    if asked.height == alerts.height:
        return alerts
    names = {
        "chosen": w("queue.place_chosen", n=f"{asked.height:,}"),
        "all": w("queue.place_all", n=f"{alerts.height:,}"),
    }
    place = address.one("place", w("queue.place"), list(names), names.__getitem__)
    return asked if place == "chosen" else alerts


def _ask(w: Words, alerts: pl.DataFrame) -> tuple[Filters, str]:
    anything = w("queue.any")
    row = st.columns([2.2, 1.5, 2.1, 1.5, 1.5, 1.7, 1.5])
    with row[0]:
        text = address.text("q", w("queue.search"), w("queue.search_hint"))
    with row[1]:
        level = address.many(
            "level", w("queue.level"), [x.name for x in QUEUED], lambda x: level_word(Level[x], w), anything
        )
    titles = _titles(w)
    with row[2]:
        rule = address.many(
            "rule",
            w("queue.rule"),
            [*rules_fired(alerts), SCORE_ONLY],
            lambda x: titles[x] if x == SCORE_ONLY else f"{x} {titles[x]}",
            anything,
        )
    listed = {}
    for place, name in zip(row[3:6], LISTED, strict=True):
        with place:
            shown = (lambda x: _mechanism(w, x)) if name == "mechanism" else (lambda x: _or_unknown(w, x))
            listed[name] = address.many(name, w(f"queue.{name}"), choices(alerts, name), shown, anything)
    with row[6]:
        order = address.one("order", w("queue.order"), list(ORDERS), lambda x: w(f"order.{x}"))
    return Filters(level, rule, listed, text), order


def _counts(w: Words, desk: Desk, found: pl.DataFrame) -> Markup:
    run, total = desk.run, desk.run.alerts.height
    per_level = "  ".join(
        f"{SYMBOLS[x]} {level_word(x, w)} {found.filter(pl.col('level') == x).height:,}" for x in QUEUED
    )
    state = coverage(run, w.lang)["verdict"]
    never, partly = (int((state == v).sum()) for v in ("not evaluable", "partly"))
    return tiles(
        [
            (w("queue.n_alerts"), f"{found.height:,}", per_level),
            (w("queue.n_hidden"), f"{total - found.height:,}", w("queue.n_hidden_of", total=f"{total:,}")),
            (
                w("queue.n_scored"),
                f"{run.manifest['n_tenders']:,}",
                w("queue.n_silent", n=f"{run.manifest['n_tenders'] - total:,}"),
            ),
            (
                w("queue.n_unchecked"),
                w("queue.n_of", n=never, total=state.len()),
                w("queue.n_partly", n=partly),
            ),
        ]
    )


def _rows(w: Words, shown: pl.DataFrame, alerts: pl.DataFrame) -> None:
    picked = st.dataframe(
        _table(w, shown),
        key="queue_rows",
        hide_index=True,
        height=min(PER_PAGE, max(shown.height, 3)) * 35 + 38,
        on_select="rerun",
        selection_mode="single-row",
        placeholder="–",
        column_config=_columns(w, alerts),
        column_order=_visible(alerts),
        alt=w("queue.table"),
    )
    if rows := picked["selection"]["rows"]:
        tender = shown["tender_id"][rows[0]]
        st.switch_page("app_pages/20_case.py", query_params={"tender": tender, "lang": w.lang})


def _table(w: Words, shown: pl.DataFrame) -> pl.DataFrame:
    titles = _titles(w)
    first = pl.col("rules").list.first().replace_strict(titles, default=None, return_dtype=pl.String)
    more = pl.col("rules").list.len() - 1
    named = {m: w(f"mechanism.{m}") for m in choices(shown, "mechanism") if m != UNKNOWN}
    table = shown.with_columns(
        pl.when(pl.col("rule_ids").list.len() > 0)
        .then("rule_ids")
        .otherwise(pl.lit([SCORE_ONLY]))
        .alias("rules")
    ).select(
        pl.concat_list(
            pl.col("level").replace_strict({x.value: x.name for x in Level}, return_dtype=pl.String)
        ).alias("level"),
        "attention",
        pl.col("rules").list.head(CHIPS),
        pl.when(more > 0).then(pl.format("{} +{}", first, more)).otherwise(first).alias("why"),
        visible_column(pl.col("title").fill_null(pl.col("tender_id"))),
        visible_column(pl.col("buyer_name")),
        pl.col("estimate").cast(pl.Float64),
        "currency",
        pl.col("mechanism").cast(pl.String).replace_strict(named, default=None, return_dtype=pl.String),
        "n_bids",
        local(pl.col("deadline_at")).dt.date().alias("deadline"),
    )
    return table.with_columns(fitted(table[name], width) for name, width in FITS.items())


def _columns(w: Words, alerts: pl.DataFrame) -> dict[str, ColumnConfig]:
    c, titles = st.column_config, _titles(w)
    currencies = alerts["currency"].drop_nulls().unique().to_list()
    amount = w("column.estimate") + (f" ({currencies[0]})" if len(currencies) == 1 else "")
    return {
        "level": c.MultiselectColumn(
            w("queue.level"), width=90, options=[x.name for x in QUEUED], color=[COLOURS[x] for x in QUEUED],
            format_func=lambda x: f"{SYMBOLS[Level[x]]} {level_word(Level[x], w)}",
        ),
        "attention": c.ProgressColumn(
            w("queue.attention"), width=90, format="%.0f", min_value=0.0, help=w("queue.attention_help"),
            max_value=max(1.0, float(alerts["attention"].max())),  # type: ignore[arg-type]
        ),
        "rules": c.MultiselectColumn(
            w("queue.rules"), width=146, options=list(titles), color="#7c95a6",
            format_func=lambda x: w("queue.by_score") if x == SCORE_ONLY else x,
        ),
        "why": c.TextColumn(w("queue.why"), width=204),
        "title": c.TextColumn(w("column.title"), width=208),
        "buyer_name": c.TextColumn(w("column.buyer_name"), width=160),
        "estimate": c.NumberColumn(amount, width=116, format="localized"),
        "currency": c.TextColumn(w("column.currency"), width=60),
        "mechanism": c.TextColumn(w("column.mechanism"), width=98),
        "n_bids": c.NumberColumn(w("queue.bids"), width=56),
        "deadline": c.DateColumn(w("column.deadline_at"), width=98, format="YYYY-MM-DD"),
    }  # fmt: skip


def _visible(alerts: pl.DataFrame) -> list[str]:
    columns = ["level", "attention", "rules", "why", "title", "buyer_name", "estimate", "currency",
               "mechanism", "n_bids", "deadline"]  # fmt: skip
    one_currency = alerts["currency"].drop_nulls().n_unique() <= 1
    return [c for c in columns if not (c == "currency" and one_currency)]


def _turning(w: Words, page: int, n: int) -> None:
    first, last, pages = (page - 1) * PER_PAGE + 1, min(page * PER_PAGE, n), n_pages(n)
    note, back, on = st.columns([6, 1, 1], vertical_alignment="center")
    note.caption(w("queue.range", first=first, last=last, n=f"{n:,}") + " " + w("queue.how_to_open"))
    if pages > 1:
        back.button(w("queue.previous"), disabled=page == 1, on_click=address.turn, args=(page - 1,),
                    width="stretch")  # fmt: skip
        on.button(w("queue.next"), disabled=page == pages, on_click=address.turn, args=(page + 1,),
                  width="stretch")  # fmt: skip


def _titles(w: Words) -> dict[str, str]:
    titles = {r.id: (r.zh if w.lang == "zh" else r.en).title for r in all_rules().values()}
    return {**titles, SCORE_ONLY: w("queue.score_only")}


def _mechanism(w: Words, name: str) -> str:
    return _or_unknown(w, name) if name == UNKNOWN else w(f"mechanism.{name}")


def _or_unknown(w: Words, value: str) -> str:
    return w("value.unknown") if value == UNKNOWN else value


main()
