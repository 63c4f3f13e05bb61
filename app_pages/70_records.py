"""Records: what was imported, what was set aside and why, and how full the tables are."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from app_pages import address
from app_pages.desk import Desk, local, opened
from app_pages.markup import draw, fitted, tiles
from app_pages.words import Words, words
from records.store import Store
from records.tables import SCHEMAS, Record
from records.visible import visible, visible_column

SHOWN = 200
"""Rows of the quarantine that are sent to the page."""
_WIDE = 90
_CORE = ("tenders", "bids", "bidders", "identifiers")
"""Tables without which most rules have nothing to read; others that are empty are only named."""


def main() -> None:
    """Draw the page."""
    w = words()
    desk = opened(w)
    store = Store(desk.workspace)
    st.subheader(w("records.title"))
    st.write(w("records.why"))
    batches, aside = store.batches(), store.quarantine()
    reports = [json.loads(r) for r in batches["report"]]
    _counts(batches, reports, aside, w)
    _imports(batches, reports, w)
    _quarantine(aside, w)
    _filled(desk, w)
    _doubtful(desk, w)


def _counts(batches: pl.DataFrame, reports: list[dict[str, Any]], aside: pl.DataFrame, w: Words) -> None:
    tables = [t for r in reports for t in r["tables"].values()]
    read, repaired = (sum(t[n] for t in tables) for n in ("read", "repaired"))
    share = f"{aside.height / read:.2%}" if read else ""
    unreadable = sum(sum(r.get("unreadable", {}).values()) for r in reports)
    draw(
        tiles(
            [
                (w("records.n_imports"), f"{batches.height:,}", ""),
                (w("records.n_read"), f"{read:,}", ""),
                (
                    w("records.n_aside"),
                    f"{aside.height:,}",
                    w("records.of_read", share=share) if share else "",
                ),
                (w("records.n_repaired"), f"{repaired:,}", w("records.repaired_note")),
                (w("records.n_unreadable"), f"{unreadable:,}", w("records.unreadable_note")),
            ]
        )
    )


def _imports(batches: pl.DataFrame, reports: list[dict[str, Any]], w: Words) -> None:
    st.subheader(w("records.imports"))
    rows = [
        {
            "at": at, "source": source, "file": visible(Path(path).name or "–"), "version": version,
            **{n: sum(t[n] for t in r["tables"].values())
               for n in ("read", "inserted", "updated", "unchanged", "repaired", "quarantined")},
            "orphans": "; ".join(f"{k}: {v:,}" for k, v in r.get("orphans", {}).items()) or "–",
        }
        for (at, source, path, version), r in zip(
            batches.select("imported_at", "source", "path", "version").iter_rows(), reports, strict=True
        )
    ]  # fmt: skip
    listed = pl.DataFrame(rows).sort("version", descending=True)
    shown = listed.with_columns(local(pl.col("at")).dt.strftime("%Y-%m-%d %H:%M"))
    number = st.column_config.NumberColumn
    text = {n: w(f"records.{n}") for n in shown.columns}
    figures = {
        n: number(w(f"records.{n}"), format="localized") for n in rows[0] if isinstance(rows[0][n], int)
    }
    st.dataframe(shown, hide_index=True, column_config={**text, **figures}, alt=w("records.imports"))
    st.caption(w("records.imports_note"))


def _quarantine(aside: pl.DataFrame, w: Words) -> None:
    st.subheader(w("records.quarantine"))
    if aside.is_empty():
        st.info(w("records.none_aside"))
        return
    st.write(w("records.quarantine_why"))
    counted = (
        aside.explode("reasons").group_by("table", "reasons").agg(pl.len().alias("n"))
        .sort("n", "table", "reasons", descending=[True, False, False])
    )  # fmt: skip
    left, right = st.columns([2, 3], gap="medium")
    with left:
        named = counted.with_columns(
            pl.Series("table", [_table(t, w) for t in counted["table"]], pl.String),
            pl.Series("reasons", [_reason(r, w) for r in counted["reasons"]], pl.String),
        )
        st.dataframe(
            named, hide_index=True, height=min(named.height, 9) * 35 + 38, alt=w("records.quarantine"),
            column_config={"table": w("records.table"), "reasons": w("records.reason"),
                           "n": st.column_config.NumberColumn(w("records.rows"), format="localized")},
        )  # fmt: skip
    with right:
        _set_aside(aside, w)


def _set_aside(aside: pl.DataFrame, w: Words) -> None:
    tables = aside["table"].unique().sort().to_list()
    chosen = address.one("table", w("records.table"), tables, lambda t: _table(t, w))
    found = aside.filter(table=chosen)
    shown = found.head(SHOWN)
    told = shown.select(
        visible_column(pl.col("source_record")),
        pl.Series("reasons", ["; ".join(_reason(r, w) for r in rs) for rs in shown["reasons"]], pl.String),
        fitted(shown.select(visible_column(pl.col("raw"))).to_series(), _WIDE).alias("raw"),
    )
    names = {"source_record": w("records.record"), "reasons": w("records.reason"), "raw": w("records.raw")}
    st.dataframe(
        told, hide_index=True, height=250, placeholder="–", column_config=names, alt=w("records.raw")
    )
    st.caption(w("records.aside_range", n=shown.height, total=f"{found.height:,}"))


def _filled(desk: Desk, w: Words) -> None:
    st.subheader(w("records.filled"))
    st.write(w("records.filled_why"))
    sizes, filled = _coverage(desk)
    empty = [t for t, n in sizes.items() if not n]
    present = [t for t in (*_CORE, *sizes) if sizes[t]]
    chosen = address.one("of", w("records.table"), list(dict.fromkeys(present)), lambda t: _table(t, w))
    of = filled.filter(table=chosen).sort("share", "column")
    meaning = pl.Series("meaning", [_meaning(c, w) for c in of["column"]], pl.String)
    shown = of.select("column", meaning, "known", "share")
    c = st.column_config
    st.dataframe(
        shown, hide_index=True, height=min(shown.height, 16) * 35 + 38, placeholder="–",
        alt=w("records.filled"),
        column_config={
            "column": w("records.column"),
            "meaning": w("records.meaning"),
            "known": c.NumberColumn(w("records.known"), format="localized", width=120),
            "share": c.ProgressColumn(
                w("records.share", n=f"{sizes[chosen]:,}"), format="percent", min_value=0, max_value=1
            ),
        },
    )  # fmt: skip
    if empty:
        joint = "、" if w.lang == "zh" else ", "
        st.caption(w("records.empty_tables", tables=joint.join(_table(t, w) for t in empty)))


def _doubtful(desk: Desk, w: Words) -> None:
    st.subheader(w("records.doubtful"))
    st.write(w("records.doubtful_why"))
    if not st.toggle(w("models.drift_show"), key="doubtful"):
        return
    with st.spinner(w("models.reading")):
        found = _findings(desk)
    if found.is_empty():
        st.info(w("records.nothing_doubtful"))
        return
    shown = found.head(SHOWN).select(
        pl.Series("table", [_table(t, w) for t in found["table"].head(SHOWN)], pl.String),
        visible_column(pl.col("record")),
        visible_column(pl.col("what_zh" if w.lang == "zh" else "what").alias("what")),
    )  # fmt: skip
    names = {"table": w("records.table"), "record": w("records.record"), "what": w("records.what")}
    st.dataframe(shown, hide_index=True, column_config=names, alt=w("records.doubtful"))
    st.caption(w("records.aside_range", n=shown.height, total=f"{found.height:,}"))


@st.cache_data(max_entries=2, show_spinner=False, hash_funcs={Desk: Desk.mark})
def _coverage(desk: Desk) -> tuple[dict[str, int], pl.DataFrame]:
    """Rows of each table, and per column how many have a value."""
    market, sizes, rows = desk.market(), {}, []
    for name, schema in SCHEMAS.items():
        columns = [c for c in schema.columns() if c not in Record.columns()]
        counts = getattr(market, name).select(pl.len().alias(""), pl.col(columns).count()).collect()
        sizes[name] = n = counts[""].item()
        rows += [(name, c, counts[c].item(), counts[c].item() / n) for c in columns if n]
    return sizes, pl.DataFrame(rows, ["table", "column", "known", "share"], orient="row")


@st.cache_data(max_entries=2, show_spinner=False, hash_funcs={Desk: Desk.mark})
def _findings(desk: Desk) -> pl.DataFrame:
    return Store(desk.workspace).findings()


def _table(name: str, w: Words) -> str:
    return w(f"table.{name}") if w.has(f"table.{name}") else visible(name)


def _meaning(column: str, w: Words) -> str | None:
    """What a column is called, where somebody has said."""
    name = w.column(column)
    return None if name == column.replace("_", " ") else name


def _reason(reason: str | None, w: Words) -> str:
    """A reason in this language: `column: what is wrong`; words that nobody translated stay."""
    if reason is None:
        return w("value.unknown")
    if w.has(f"reason.{reason}"):
        return w(f"reason.{reason}")
    column, colon, what = reason.partition(": ")
    if not colon:
        return visible(reason)
    said = w(f"reason.{what}") if w.has(f"reason.{what}") else what
    return visible(f"{w.column(column)}: {said}")


main()
