"""The overview: what the desk's work amounts to, and how sure one can be of it."""

import polars as pl
import streamlit as st
from sqlalchemy.orm import Session
from streamlit.elements.lib.column_types import ColumnConfig

from app_pages import acting, who
from app_pages.desk import Desk, database, opened
from app_pages.markup import draw, level_word, tiles
from app_pages.queue_address import rule_titles
from app_pages.words import Words, words
from cases import figures
from cases.database import reading
from cases.search import LISTED, UNKNOWN, choices
from cases.workflow import State
from detect.kept import scan
from detect.rates import rates
from detect.rule import Level
from records.visible import visible_column

DEFAULT_CAPACITY = 200
BY = ("region", "buyer", "category")
MOST = 50
RECENT = 3
"""Months at the end of the trend that are set against those before."""


def main() -> None:
    """Draw the page."""
    w = words()
    who.actor(w)
    desk = opened(w)
    with reading(database()) as session:
        _precision(w, session)
        _conversion(w, session)
        _waiting(w, session)
        _rules(w, session)
        _where(w, session)
    _trend(w, desk)
    _sources(w, desk)


def _precision(w: Words, session: Session) -> None:
    st.subheader(w("overview.concluded"))
    capacity = int(st.number_input(w("overview.capacity"), 1, 100_000, DEFAULT_CAPACITY, width=220))
    first, audited = figures.precision(session, capacity), figures.audit(session)
    rows = [
        (
            w("overview.first", n=f"{capacity:,}"), _share(w, first.right),
            w("overview.rest", neither=f"{first.neither:,}", open=f"{first.undecided:,}"),
        ),
        *((w(f"overview.{name}"), _share(w, found), _interval(w, found)) for name, found in audited.items()),
    ]  # fmt: skip
    draw(tiles(rows))
    st.caption(f"{_interval(w, first.right)} {w('overview.right_note')}")


def _conversion(w: Words, session: Session) -> None:
    st.subheader(w("overview.conversion"))
    st.caption(w("overview.conversion_note"))
    found = figures.conversion(session)
    steps = found._asdict()
    draw(tiles([(w(f"overview.{name}"), f"{n:,}", _of(w, n, found.raised)) for name, n in steps.items()]))


def _waiting(w: Words, session: Session) -> None:
    left, right = st.columns(2)
    with left:
        st.subheader(w("overview.ages"))
        ages = figures.open_ages(session)
        if ages.is_empty():
            st.info(w("overview.none_open"))
        else:
            _table(
                w,
                ages.with_columns(
                    _level(w), pl.col("age").cast(pl.String).replace_strict(_ages(w), return_dtype=pl.String)
                ),
            )
            st.caption(w("overview.ages_note", n=f"{ages['n'].sum():,}"))
    with right:
        st.subheader(w("overview.first_action"))
        first = figures.first_action(session)
        if first.is_empty():
            st.info(w("overview.no_action"))
        else:
            _table(w, first.with_columns(_level(w)))


def _rules(w: Words, session: Session) -> None:
    st.subheader(w("overview.rules"))
    st.caption(w("overview.rules_note"))
    titles = rule_titles(w)
    named = pl.col("rule_id").replace_strict(titles, default=None, return_dtype=pl.String).alias("title_of")
    record, runs = figures.by_rule(session), figures.over_runs(session)
    if runs.select(pl.col("runs").list.len().max().ge(2)).item():  # one run makes no line
        record = record.join(runs, on="rule_id", how="left")
    _table(w, record.select("rule_id", named, pl.exclude("rule_id")))
    gone = figures.dismissals(session)
    st.subheader(w("overview.dismissals"))
    if gone.is_empty():
        st.info(w("overview.no_dismissals"))
        return
    states = {s.value: w(f"state.{s.value}") for s in State}
    grounds = {code: word for s in State for code, word in acting.reasons(w, s).items()}
    _table(
        w,
        gone.with_columns(
            pl.col("state").replace_strict(states, default=None, return_dtype=pl.String),
            pl.col("reason").replace_strict(grounds, default=None, return_dtype=pl.String),
        ),
    )


def _where(w: Words, session: Session) -> None:
    st.subheader(w("overview.where"))
    st.caption(w("overview.where_note"))
    by = st.segmented_control(
        w("overview.by"), BY, default=BY[0], required=True, format_func=lambda b: w(f"queue.{b}")
    )
    assert by in LISTED
    counted = choices(session, by, most=MOST)
    names = [w("value.unknown") if v == UNKNOWN else v for v in counted]
    table = pl.DataFrame({"where": names, "alerts": list(counted.values())})
    st.dataframe(
        table.select(visible_column(pl.col("where")), "alerts"),
        hide_index=True,
        column_config={"where": w(f"queue.{by}"), "alerts": _bar(w, max(counted.values(), default=1))},
        alt=w("overview.where"),
    )


def _bar(w: Words, most: int) -> ColumnConfig:
    return st.column_config.ProgressColumn(
        w("overview.alerts"), min_value=0, max_value=most, format="localized"
    )


def _trend(w: Words, desk: Desk) -> None:
    """How often rules hit, month by month; a rule that hit in no month has nothing to show."""
    st.subheader(w("overview.trend"))
    found = _rates(desk.mark(), desk)
    months = found["month"].unique().sort()
    by_month = found.filter(pl.col("hit").sum().over("rule_id") > 0)
    if by_month.is_empty() or months.len() < 2:
        st.info(w("overview.no_trend"))
        return
    st.caption(w("overview.trend_note", first=f"{months[0]:%Y-%m}", last=f"{months[-1]:%Y-%m}", n=RECENT))
    recent = pl.col("month").is_in(months.tail(RECENT).to_list())
    named = pl.col("rule_id").replace_strict(rule_titles(w), default=None, return_dtype=pl.String)
    table = (
        by_month.sort("rule_id", "month")
        .group_by("rule_id", maintain_order=True)
        .agg(
            named.first().alias("title_of"),
            pl.col("hit").sum(),
            pl.col("judged").sum(),
            _share_of(~recent).alias("before"),
            _share_of(recent).alias("lately"),
            (pl.col("hit") / pl.col("judged")).alias("months"),
        )
        .sort("hit", "rule_id", descending=[True, False])
    )
    _table(w, table)


def _share_of(months: pl.Expr) -> pl.Expr:
    """Hits among judged tenders of some months, null where none was judged."""
    hit, judged = (pl.col(name).filter(months).sum() for name in ("hit", "judged"))
    return (hit / judged).fill_nan(None)


@st.cache_data(max_entries=4, show_spinner=False)
def _rates(_mark: tuple[str, str], _desk: Desk) -> pl.DataFrame:
    return rates(scan(_desk.folder, "states"), _desk.market().tenders)


def _sources(w: Words, desk: Desk) -> None:
    st.subheader(w("overview.sources"))
    st.caption(w("overview.sources_note"))
    total = (
        desk.summary()
        .counts.select("hit", "clear", "not_evaluable", "not_applicable")
        .sum()
        .row(0, named=True)
    )
    judged = sum(total.values())
    draw(tiles([(w(f"overview.{name}"), f"{n:,}", _of(w, n, judged)) for name, n in total.items()]))
    st.page_link("app_pages/30_coverage.py", label=w("page.coverage"), query_params={"lang": w.lang})


def _table(w: Words, table: pl.DataFrame) -> None:
    config = st.column_config
    shares = {
        c: config.ProgressColumn(w(f"overview.{c}"), min_value=0, max_value=1, format="percent")
        for c in ("precision", "low", "high")
    }
    rates_ = {c: config.NumberColumn(w(f"overview.{c}"), format="percent") for c in ("before", "lately")}
    hours = {c: config.NumberColumn(w(f"overview.{c}"), format="%.1f") for c in ("median", "p90")}
    lines = {c: config.LineChartColumn(w(f"overview.{c}"), y_min=0) for c in ("months", "runs")}
    labels = {c: w(f"overview.{c}") for c in table.columns}
    special = {c: kind for c, kind in {**shares, **rates_, **hours, **lines}.items() if c in table.columns}
    st.dataframe(table, hide_index=True, placeholder="–", column_config={**labels, **special})


def _level(w: Words) -> pl.Expr:
    named = {0: w("place.audit"), **{x.value: level_word(x, w) for x in Level}}
    return pl.col("level").replace_strict(named, return_dtype=pl.String)


def _ages(w: Words) -> dict[str, str]:
    return {name: w(f"aged.{name}") for name in (*figures.AGES, "older")}


def _share(w: Words, s: figures.Share) -> str:
    return w("overview.not_yet") if s.share is None else f"{s.share:.0%}"


def _interval(w: Words, s: figures.Share) -> str:
    if s.low is None or s.high is None:
        return w("overview.nothing_decided")
    return w("overview.interval", n=f"{s.n:,}", of=f"{s.of:,}", low=f"{s.low:.0%}", high=f"{s.high:.0%}")


def _of(w: Words, n: int, of: int) -> str:
    return w("overview.share_of", share=f"{n / of:.1%}") if of else ""


main()
