"""Coverage: which rules the records could support, and what held the others back."""

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from app_pages.desk import opened
from app_pages.markup import draw, table
from app_pages.words import Words, words
from detect.coverage import coverage
from detect.kept import Run

VERDICTS = {
    "supported": "#2e8b6f",
    "partly": "#b59a00",
    "not evaluable": "#a0522d",
    "not applicable": "#7c95a6",
}
STATES = ("hit", "clear", "not_evaluable", "not_applicable")


def main() -> None:
    """Draw the page."""
    w = words()
    run = opened(w).summary()
    st.subheader(w("coverage.title"))
    st.write(w("coverage.why"))
    counts = _table(run, w)
    st.dataframe(
        counts,
        hide_index=True,
        height=35 * counts.height + 38,
        row_height=35,
        column_config=_columns(w, counts),
        alt=w("coverage.title"),
    )
    st.caption(w("coverage.note", tenders=f"{run.manifest['n_tenders']:,}"))
    _missing(run, w)


def _missing(run: Run, w: Words) -> None:
    held_back = coverage(run, w.lang).filter(pl.col("not_evaluable") > 0)
    columns = run.missing.sort("n", "column", descending=[True, False])
    joint = "、" if w.lang == "zh" else "; "
    rows = [
        (f"{rule} {title}", joint.join(dict.fromkeys(map(w.column, names))))
        for rule, title, names in held_back.join(
            columns.group_by("rule_id", maintain_order=True).agg("column"), on="rule_id"
        )
        .sort("rule_id")
        .select("rule_id", "title", "column")
        .iter_rows()
    ]
    if rows:
        st.subheader(w("case.missing"))
        draw(table([w("queue.rule"), w("case.missing")], rows))


def _table(run: Run, w: Words) -> pl.DataFrame:
    return coverage(run, w.lang).select(
        "rule_id",
        "title",
        pl.concat_list("verdict").alias("verdict"),
        *STATES,
    )


def _columns(w: Words, counts: pl.DataFrame) -> dict[str, ColumnConfig]:
    c, most = st.column_config, max(1, counts.select(pl.max_horizontal(STATES).max()).item())
    states = {
        s: c.ProgressColumn(w(f"coverage.{s}"), format="localized", min_value=0, max_value=most, width=160)
        for s in STATES
    }
    return {
        "rule_id": c.TextColumn(w("queue.rule"), width=50),
        "title": c.TextColumn(w("coverage.rule_title"), width=320),
        "verdict": c.MultiselectColumn(
            w("coverage.verdict"), width=135, options=list(VERDICTS), color=list(VERDICTS.values()),
            format_func=lambda v: w(f"coverage.{v.replace(' ', '_')}_verdict"),
        ),
        **states,
    }  # fmt: skip


main()
