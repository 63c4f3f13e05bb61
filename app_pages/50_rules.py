"""Rules: what each one says, under which limits, what came of it, and what another limit would do."""

import re
from datetime import date
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from app_pages import acting, address
from app_pages import lead_table as leads
from app_pages.desk import Desk, opened
from app_pages.lead_table import Column, Row, bar, lead_table, link, small, text
from app_pages.markup import badge, draw, fill, ink, level_word, table, tiles
from app_pages.quantity import limit_text
from app_pages.words import Words, words
from detect.coverage import coverage
from detect.document import limit_reasons, told
from detect.kept import load
from detect.parameters import ParameterSet, in_workspace
from detect.rule import Level, Rule, all_rules
from detect.tune import alone, sweep
from records.source import BadInput

STATES = ("hit", "clear", "not_evaluable", "not_applicable")
NAMES = ("q", "level")


def main() -> None:
    """Draw the page."""
    w = words()
    desk = opened(w)
    rule = all_rules().get(st.query_params.get("rule", ""))
    if rule is None:
        _catalogue(desk, w)
    else:
        st.button(w("rules.back"), on_click=address.clear, args=(("rule",),))
        _detail(desk, rule, w)


def _catalogue(desk: Desk, w: Words) -> None:
    st.subheader(w("rules.title"))
    st.write(w("rules.why"))
    row = st.columns([2, 2, 3])
    with row[0]:
        said = address.text("q", w("queue.search"), w("rules.search_hint"))
    with row[1]:
        level = address.many(
            "level", w("queue.level"), [x.name for x in reversed(Level)],
            lambda x: level_word(Level[x], w), w("queue.any"),
        )  # fmt: skip
    rules = [r for r in all_rules().values() if _asked(r, said, level, w)]
    if not rules:
        st.info(w("rules.none_match"))
        st.button(w("queue.clear"), on_click=address.clear, args=(NAMES,))
        return
    sets = in_workspace(desk.workspace)
    with st.expander(w("rules.sets"), expanded=bool(sets)):
        _sets(sets, w)
    st.caption(w("rules.range", n=len(rules)))
    counts = {row["rule_id"]: row for row in coverage(desk.summary(), w.lang).iter_rows(named=True)}
    most = max(1, *(row[s] for row in counts.values() for s in STATES))
    picked = lead_table(
        w, w("rules.title"), "rules",
        [
            Column(w("queue.level"), 10),
            Column(w("coverage.rule_title"), 30),
            Column(w("rules.limits"), 20),
            *(Column(w(f"coverage.{s}"), 10) for s in STATES),
        ],
        [_row(w, r, counts.get(r.id), most, sets) for r in rules],
        key="rule_rows",
    )  # fmt: skip
    if picked.opened is not None:
        st.query_params["rule"] = str(picked.opened)
        st.rerun()


def _row(w: Words, rule: Rule, counts: dict[str, int] | None, most: int, sets: list[ParameterSet]) -> Row:
    """A rule with what came of it; nothing came of one that the run did not ask."""
    title, changed = _words(rule, w).title, _changed_by(rule, sets)
    figures = [] if counts is None else [bar(f"{counts[s]:,}", counts[s] / most, "") for s in STATES]
    return Row(
        rule.id, {"rule": rule.id}, title,
        [
            [leads.badge(rule.level, w)],
            [link(title), small(f"{rule.id} · {w(f'grain.{rule.grain}')}")],
            [text(_said(rule.limits) or "–"), small(w("rules.changed_by", sets=changed) if changed else "")],
            *([figure] for figure in figures or [text("–")] * len(STATES)),
        ],
    )  # fmt: skip


def _asked(rule: Rule, said: str, level: list[str], w: Words) -> bool:
    tells = f"{rule.id} {_words(rule, w).title} {rule.statement}".casefold()
    return said.casefold() in tells and (not level or rule.level.name in level)


def _sets(sets: list[ParameterSet], w: Words) -> None:
    st.write(w("rules.sets_why"))
    if not sets:
        st.info(w("rules.no_sets"))
        return
    head = [w(f"set.{x}") for x in ("id", "where", "since", "until", "now", "rules", "owner", "reason")]
    draw(table(head, [_set(s, w) for s in sets]))


def _set(s: ParameterSet, w: Words) -> tuple[object, ...]:
    place, since, until = s.validity
    changes = "; ".join(f"{r}: {_said(limits)}" for r, limits in s.rules.items())
    in_force = (
        w("value.yes") if since <= date.today() and (not until or date.today() < until) else w("value.no")
    )
    return s.id, place, since, until or "–", in_force, changes, s.owner, s.reason


def _detail(desk: Desk, rule: Rule, w: Words) -> None:
    draw(
        fill(
            '<div class="case-head">{badge}<h2>{id} {title}</h2><p class="headline">{said}</p></div>',
            badge=badge(rule.level, w), id=rule.id, title=_words(rule, w).title, said=_sentence(rule, w),
        )
    )  # fmt: skip
    _counts(desk, rule, w)
    facts = [(k, v.replace("`", "")) for k, v in told(rule, w.lang) if k not in _ELSEWHERE]
    draw(table([w("rules.about"), ""], facts))
    _limits_table(rule, in_workspace(desk.workspace), w)
    _effect(desk, rule, w)


_ELSEWHERE = {"Sentence", "提示语", "Detects", "Level", "级别", "Limits", "参数", "Reads", "读取"}
"""Lines of the catalogue that the page shows in another way, or that name columns."""


def _counts(desk: Desk, rule: Rule, w: Words) -> None:
    counts = coverage(desk.summary(), w.lang).filter(rule_id=rule.id).to_dicts()
    if not counts:
        st.info(w("rules.not_run"))
        return
    single = _singles(desk).filter(rule_id=rule.id).to_dicts()
    rows = [(w(f"coverage.{s}"), f"{counts[0][s]:,}", "") for s in STATES]
    note = w("rules.alone_note")
    if single:
        rows.append((w("rules.alone"), f"{single[0]['alone']:,}", note))
    draw(tiles(rows))
    st.caption(w("rules.counts_note", grain=w(f"grain.{counts[0]['grain']}")))


def _limits_table(rule: Rule, sets: list[ParameterSet], w: Words) -> None:
    if not rule.limits:
        return
    st.subheader(w("rules.limits"))
    reasons = limit_reasons(rule)
    rows = [
        (name, limit_text(value), _elsewhere(rule, name, sets), reasons.get(name, ("", ""))[w.lang == "zh"])
        for name, value in rule.limits.items()
    ]
    head = [w("rules.limit"), w("rules.default"), w("rules.in_sets"), w("rules.limit_why")]
    draw(table(head, rows))


def _elsewhere(rule: Rule, limit: str, sets: list[ParameterSet]) -> str:
    changed = [f"{s.id}: {s.rules[rule.id][limit]}" for s in sets if limit in s.rules.get(rule.id, {})]
    return "; ".join(changed) or "–"


def _effect(desk: Desk, rule: Rule, w: Words) -> None:
    """Count again under other values of one limit; nothing is saved."""
    tried = [n for n, v in rule.limits.items() if isinstance(v, bool | int | float)]
    if not tried:
        return
    st.subheader(w("rules.effect"))
    st.write(w("rules.effect_why"))
    with st.form("effect", border=False):
        row = st.columns([2, 3, 1.3, 3], vertical_alignment="bottom")
        limit = row[0].selectbox(w("rules.limit"), tried)
        text = row[1].text_input(w("rules.values"), placeholder=w("rules.values_hint"))
        go = row[2].form_submit_button(w("rules.try"), width="stretch")
    if not go:
        return
    values = _numbers(text, rule.limits[limit])
    if values is None:
        st.warning(w("rules.no_numbers"))
        return
    try:
        with st.spinner(w("rules.trying")):
            found = _swept(desk, rule.id, limit, values)
    except BadInput as problem:
        acting.said(w, str(problem))
        return
    _drawn(found, rule.limits[limit], limit, w)


@st.cache_data(max_entries=2, show_spinner=False, hash_funcs={Desk: Desk.mark})
def _singles(desk: Desk) -> pl.DataFrame:
    return alone(load(desk.folder, only={"hits": ("tender_id", "rule_id")}))


@st.cache_data(max_entries=50, show_spinner=False, hash_funcs={Desk: Desk.mark})
def _swept(desk: Desk, rule: str, limit: str, values: list[Any]) -> pl.DataFrame:
    return sweep(desk.market(), all_rules()[rule], limit, values)


def _drawn(found: pl.DataFrame, default: object, limit: str, w: Words) -> None:
    shown = found.with_columns(
        pl.col("value").cast(pl.String).alias("value"),
        pl.when(pl.col("value") == default)
        .then(pl.lit(w("rules.default"))).otherwise(pl.lit("")).alias("mark"),
    )  # fmt: skip
    labelled = shown.with_columns(pl.format("{}  {}", "hit", "mark").alias("label"))
    base = alt.Chart(labelled).encode(
        x=alt.X("hit:Q", title=w("coverage.hit"), axis=alt.Axis(tickMinStep=1)),
        y=alt.Y("value:N", title=limit, sort=None),
    )
    bars = base.mark_bar(size=16, color="#4c8aa5")
    labels = base.mark_text(align="left", dx=6, color=ink()[0]).encode(text="label:N")
    chart = alt.layer(bars, labels).properties(height=34 * shown.height + 60)
    left, right = st.columns([3, 2])
    left.altair_chart(chart, alt=w("rules.effect"))
    names = {s.replace("_", " "): w(f"coverage.{s}") for s in STATES}
    config: dict[str, Any] = {
        "value": limit,
        "mark": None,
        **names,
        **{s: w(f"coverage.{s}") for s in STATES},
    }
    right.dataframe(shown, hide_index=True, column_config=config, alt=w("rules.effect"))


def _numbers(text: str, default: object) -> list[Any] | None:
    """The values that somebody typed, as the limit's own type; None where one is no number."""
    parts = [p for p in re.split(r"[\s,;，；、]+", text) if p][:9]
    try:
        values = [float(p) for p in parts]
    except ValueError:
        return None
    if not isinstance(default, bool | int):
        return values
    return [type(default)(v) for v in values] if all(v.is_integer() for v in values) else None


def _sentence(rule: Rule, w: Words) -> str:
    """What the rule says of a hit, with its limits filled in and a gap for what differs by tender."""
    if w.lang == "en":
        return rule.statement
    return re.sub(r"\{(\w+)[^}]*\}", lambda m: str(rule.limits.get(m[1], "…")), rule.zh.sentence)


def _said(limits: Any) -> str:
    return ", ".join(f"{k} {limit_text(v)}" for k, v in limits.items())


def _changed_by(rule: Rule, sets: list[ParameterSet]) -> str:
    return ", ".join(s.id for s in sets if rule.id in s.rules)


def _words(rule: Rule, w: Words) -> Any:
    return rule.zh if w.lang == "zh" else rule.en


main()
