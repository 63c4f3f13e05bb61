"""Models: which version scores, how good it was on the frozen test, what has drifted, and who promotes."""

import json
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
import streamlit as st
from markupsafe import Markup

from app_pages import acting
from app_pages.desk import Desk, database, local, moment_text, opened
from app_pages.markup import draw, ink, table, tiles
from app_pages.who import actor, may_not, needs
from app_pages.words import Words, words
from cases.promotion import promote, roll_back
from cases.roles import May
from detect.drifted import drifted
from detect.kept import load
from features.catalogue import Grain
from models.champion import promotions
from models.compare import MAIN, TABLE
from models.promotion import NoEarlierChampionError, WorseThanChampionError
from models.scorer import all_models
from models.versions import reliability, versions
from records.source import BadInput
from records.visible import visible

FIGURES = (MAIN, "roc_auc", "brier")
SHORTEST = 6


def main() -> None:
    """Draw the page."""
    w = words()
    desk = opened(w)
    st.subheader(w("models.title"))
    st.write(w("models.why"))
    with st.spinner(w("models.reading")):
        found = _versions(str(desk.workspace), _stamp(desk.workspace))
    _scoring(desk, found, w)
    if found.is_empty():
        st.info(w("models.none"))
        st.code(f"bidlens train -w {desk.workspace}", language="bash")
    else:
        _list(desk, found, w)
        _promotion(desk, found, w)
        _changes(desk, w)
    _drift(desk, w)


def _scoring(desk: Desk, found: pl.DataFrame, w: Words) -> None:
    """What the run on screen was scored with, and what will score the next one."""
    used = desk.manifest["model"]
    of_tenders = pl.col("model").is_in(list(all_models(Grain.TENDER)))
    champion = found.filter(of_tenders, place="champion").to_dicts()
    how = (
        w(f"models.{'fitted_here' if used['fitted'] == 'on this market' else 'fitted_before'}")
        if used
        else ""
    )
    next_one = (
        f"{_title(champion[0]['model'], w)} {champion[0]['version']}" if champion else w("models.default")
    )
    draw(
        tiles(
            [
                (w("models.this_run"), _title(used["name"], w) if used else w("models.no_model"), how),
                (w("models.next_run"), next_one, w("models.next_note") if champion else ""),
                (w("models.n_versions"), f"{found.height:,}", ""),
            ]
        )
    )


def _list(desk: Desk, found: pl.DataFrame, w: Words) -> None:
    st.subheader(w("models.versions"))
    figures = [json.loads(m) for m in found["metrics"]]
    places = {p: w(f"models.{p}") for p in ("champion", "challenger")}
    shown = found.select(
        pl.col("place").replace_strict(places, default=None).alias("place"),
        pl.Series("model", [_title(m, w) for m in found["model"]], pl.String),
        "version",
        local(pl.col("made_at")).dt.date().alias("made"),
        pl.col("data_version"),
        *(_figure(figures, m) for m in FIGURES),
        pl.Series("scored", [_scored(f) for f in figures], pl.Float64),
    )
    picked = st.dataframe(
        shown, key="model_rows", hide_index=True, on_select="rerun", selection_mode="single-row",
        placeholder="–", column_config=_columns(shown, w), alt=w("models.versions"),
    )  # fmt: skip
    judged = any(f"test_{MAIN}" in f for f in figures)
    st.caption(w("models.figures_note") if judged else w("models.not_judged"))
    if rows := picked["selection"]["rows"]:
        _one(desk, found.row(rows[0], named=True), figures[rows[0]], w)


def _figure(figures: list[dict[str, float]], name: str) -> pl.Series:
    return pl.Series(name, [f.get(f"test_{name}") for f in figures], pl.Float64)


def _scored(figures: dict[str, float]) -> float | None:
    """How many tenders, bids or firms the version scored when it was trained."""
    return next((n for name, n in figures.items() if name.startswith("scored_")), None)


def _columns(shown: pl.DataFrame, w: Words) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        **{n: w(f"models.{n}") for n in shown.columns},
        "made": st.column_config.DateColumn(w("models.made"), format="YYYY-MM-DD"),
        **{m: number(w(f"models.{m}"), format="%.3f") for m in FIGURES},
        "scored": number(w("models.scored"), format="localized"),
    }


def _one(desk: Desk, version: dict[str, Any], figures: dict[str, float], w: Words) -> None:
    """Every figure of a version, and its reliability curve where it states probabilities."""
    st.markdown(f"**{_title(version['model'], w)} {version['version']}**")
    left, right = st.columns(2)
    with left:
        head = [w("models.figure"), w("case.value")]
        draw(table(head, [(_name(k, w), f"{v:,.4g}") for k, v in sorted(figures.items())]))
    with right:
        points = _reliability(str(desk.workspace), version["run_id"])
        if points is None:
            st.info(w("models.no_curve"))
        else:
            st.altair_chart(_curve(points, w), alt=w("models.reliability"))
            st.caption(w("models.reliability_note"))


def _curve(points: pl.DataFrame, w: Words) -> alt.LayerChart | alt.FacetChart:
    share = alt.Scale(domain=[0, 1])
    x = alt.X("stated:Q", title=w("models.stated"), scale=share, axis=alt.Axis(format=".0%"))
    y = alt.Y("observed:Q", title=w("models.observed"), scale=share, axis=alt.Axis(format=".0%"))
    ideal = alt.Chart(pl.DataFrame({"stated": [0.0, 1.0], "observed": [0.0, 1.0]}))
    line = alt.Chart(points).encode(x=x, y=y)
    return alt.layer(
        ideal.mark_line(strokeDash=[4, 4], color=ink()[0], opacity=0.4).encode(x=x, y=y),
        line.mark_line(color="#4c8aa5"),
        line.mark_point(filled=True, color="#4c8aa5", opacity=1).encode(
            size=alt.Size("tenders:Q", title=w("unit.tenders"), legend=None),
            tooltip=[
                alt.Tooltip("stated:Q", title=w("models.stated"), format=".1%"),
                alt.Tooltip("observed:Q", title=w("models.observed"), format=".1%"),
                alt.Tooltip("tenders:Q", title=w("models.tenders")),
            ],
        ),
    ).properties(height=300)  # fmt: skip


def _promotion(desk: Desk, found: pl.DataFrame, w: Words) -> None:
    st.subheader(w("models.promotion"))
    person = actor(w)
    if not person.may(May.PROMOTE):
        st.caption(may_not(w, person, May.PROMOTE))
        return
    waiting = found.filter(place="challenger")["model"].to_list()
    if not waiting:
        st.write(w("models.no_challenger"))
    with st.form("promotion", border=False):
        row = st.columns([2, 4, 2], vertical_alignment="bottom")
        model = row[0].selectbox(
            w("models.challenger"), waiting, format_func=lambda m: _title(m, w), disabled=not waiting
        )
        reason = row[1].text_input(w("models.reason"), max_chars=300)
        force = row[2].checkbox(w("models.force"))
        sent, back, _ = st.columns([1, 1.6, 3])
        go = sent.form_submit_button(w("models.promote"), type="primary", disabled=not waiting)
        undo = back.form_submit_button(w("models.roll_back"))
    if not (go or undo):
        return
    if len(reason.strip()) < SHORTEST:
        st.warning(w("mask.too_short", n=SHORTEST))
    elif undo:
        _act(w, lambda: _rolled_back(w, desk.workspace, model, reason.strip()))
    else:
        _act(w, lambda: _promoted(w, desk.workspace, model, reason.strip(), force=force))


def _promoted(w: Words, workspace: Path, model: str, reason: str, *, force: bool) -> str:
    person = needs(w, May.PROMOTE)
    with st.spinner(w("models.comparing")):
        version = promote(database(), person, workspace, model, reason, force=force)
    return w("models.promoted", model=_title(model, w), version=version)


def _rolled_back(w: Words, workspace: Path, model: str | None, reason: str) -> str:
    """Undo among models of the same grain as the one chosen; among those of tenders where none waits."""
    grain = all_models()[model].grain if model else Grain.TENDER
    entry = roll_back(database(), needs(w, May.PROMOTE), workspace, reason, grain)
    return w("models.promoted", model=_title(entry["name"], w), version=entry["version"])


def _act(w: Words, act: Any) -> None:
    try:
        st.success(act())
    except WorseThanChampionError as held:
        st.error(w("models.worse"))
        draw(_side_by_side(held.table, w))
    except NoEarlierChampionError:
        st.error(w("models.no_earlier"))
    except BadInput as problem:
        acting.said(w, str(problem))


def _side_by_side(figures: pl.DataFrame, w: Words) -> Markup:
    """Champion and challenger on the frozen test, with the interval of their difference."""
    head = [w(f"models.{n}") for n in ("figure", "champion", "challenger", "difference", "low", "high")]
    rows = figures.select(TABLE.names()).iter_rows()
    return table(head, [(_name(m, w), *("–" if v is None else f"{v:,.4g}" for v in of)) for m, *of in rows])


def _changes(desk: Desk, w: Words) -> None:
    changes = promotions(desk.workspace)
    if not changes:
        return
    st.subheader(w("models.changes"))
    rows = [
        (moment_text(c["at"]), f"{_title(c['name'], w)} {c['version']}", _why(c["why"], w))
        for c in reversed(changes)
    ]
    draw(table([w("models.at"), w("models.champion"), w("models.because")], rows[:20]))


def _why(why: str, w: Words) -> str:
    """Why the champion changed; the registry's own words in this language, a person's as they wrote them."""
    if w.has(f"why.{why}"):
        return w(f"why.{why}")
    name, _, version = why.removeprefix("rollback from ").rpartition(" ")
    if why.startswith("rollback from ") and name in all_models():
        return w("models.undone", model=_title(name, w), version=version)
    if why.startswith("forced: "):
        return w("models.forced", reason=visible(why.removeprefix("forced: ")))
    return visible(why)


def _drift(desk: Desk, w: Words) -> None:
    st.subheader(w("models.drift"))
    st.write(w("models.drift_why"))
    if not st.toggle(w("models.drift_show"), key="drift"):
        return
    with st.spinner(w("models.reading")):
        found = _drifted(desk)
    if found.is_empty():
        st.info(w("models.drift_too_few"))
        return
    by_month = found.sort("month").group_by("column", maintain_order=True).agg(
        pl.col("psi").round(3).alias("trend"), pl.col("psi").last().alias("psi"),
        pl.col("median").last(), pl.col("reference_median").last().alias("before"),
        pl.col("moved").last().alias("moved"), pl.col("month").last().alias("month"),
    ).sort("moved", "psi", descending=True)  # fmt: skip
    shown = by_month.with_columns(
        pl.Series("column", [_column(c, w) for c in by_month["column"]], pl.String),
        pl.when("moved").then(pl.lit(w("models.moved_yes"))).otherwise(pl.lit(w("models.moved_no"))).alias("moved"),
    )  # fmt: skip
    c = st.column_config
    st.dataframe(
        shown.select("column", "moved", "trend", "psi", "median", "before", "month"), hide_index=True,
        height=min(shown.height, 14) * 35 + 38,
        column_config={
            "column": w("models.column"), "moved": w("models.moved"),
            "trend": c.LineChartColumn(w("models.trend"), y_min=0.0, width=200),
            "psi": c.NumberColumn(w("models.psi"), format="%.3f", help=w("models.psi_help")),
            "median": c.NumberColumn(w("models.median"), format="%.3g"),
            "before": c.NumberColumn(w("models.before"), format="%.3g"),
            "month": c.DateColumn(w("models.month"), format="YYYY-MM"),
        },
        alt=w("models.drift"),
    )  # fmt: skip


def _column(name: str, w: Words) -> str:
    """A column's name; `hit Q02` and `x is known` are columns that drift makes itself."""
    if name.startswith("hit "):
        return w("models.hits_of", rule=name.removeprefix("hit "))
    if name.endswith(" is known"):
        return w("models.known", column=w.column(name.removesuffix(" is known")))
    return w("case.rarity") if name == "score" else w.column(name)


def _name(metric: str, w: Words) -> str:
    """What a figure is called; the bare name where nobody has said."""
    name = metric.removeprefix("test_")
    known = w(f"models.{name}") if w.has(f"models.{name}") else name.replace("_", " ")
    return w("models.on_test", figure=known) if metric.startswith("test_") else known


def _title(name: str, w: Words) -> str:
    model = all_models().get(name)
    if model is None:
        return name
    return model.title_zh if w.lang == "zh" else model.title_en


def _stamp(workspace: Path) -> tuple[float, ...]:
    """Changes whenever a model is trained or promoted."""
    files = (workspace / "mlflow.db", *sorted((workspace / "models").glob("*champion.json")))
    return tuple(f.stat().st_mtime for f in files if f.exists())


@st.cache_data(max_entries=4, show_spinner=False)
def _versions(folder: str, stamp: tuple[float, ...]) -> pl.DataFrame:
    return versions(Path(folder)) if stamp else versions(Path(folder, "nowhere"))


@st.cache_data(max_entries=20, show_spinner=False)
def _reliability(folder: str, run_id: str) -> pl.DataFrame | None:
    return reliability(Path(folder), run_id)


@st.cache_data(max_entries=2, show_spinner=False, hash_funcs={Desk: Desk.mark})
def _drifted(desk: Desk) -> pl.DataFrame:
    read = {"hits": ("tender_id", "rule_id"), "scores": ("tender_id", "score")}
    return drifted(load(desk.folder, only=read), desk.market())


main()
