"""The firms around a tender and what ties them, drawn with Altair: nothing is fetched from outside.

The tender's bidders stand on two arcs, firms tied to them outside these; names are written outwards, so that
lines never cross them. Places depend on the firms alone: another choice of ties or time moves nobody.
"""

from typing import Any

import altair as alt
import polars as pl

from app_pages.markup import fitted, ink
from app_pages.words import Words
from detect.network import MET, SORTS, Network
from records.visible import visible_column

COLOURS = ("#8a99a5", "#2b6cb0", "#1f7a5c", "#b9650f", "#8250a8", "#b0413e", "#7d7a00")
DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 4], [1, 3])
"""A pattern per sort of tie, beside the colour."""
PICKED = "firm"
"""Name of the selection: the firm that was clicked."""
_APART = 0.016
"""Room between two sorts of tie of the same firms, in units of the drawing."""
_LABEL = 34
_STEP, _LEAST = 30, 330
"""Pixels between two names, and the least height."""

_X = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-1.55, 1.55]))
_Y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-1.05, 1.05]))

PLACES = pl.Schema({"bidder_id": pl.String(), "x": pl.Float64(), "y": pl.Float64()})


def placed(network: Network) -> pl.DataFrame:
    """The firms with their places `x` in [-1, 1] and `y` in [-1, 1]."""
    weight = pl.when(pl.col("sort") == MET).then(1).otherwise(20).sum().alias("weight")
    ties = network.ties.group_by("bidder_a", "bidder_b").agg(weight)
    both = pl.concat(
        [ties, ties.rename({"bidder_a": "bidder_b", "bidder_b": "bidder_a"}).select(ties.columns)]
    )
    tied = {(a, b): n for a, b, n in both.iter_rows()}
    own = _in_order(network.firms.filter("here")["bidder_id"].to_list(), tied)
    half = (len(own) + 1) // 2
    inner = [*_arc(own[:half], 0.42, 1), *_arc(own[half:], 0.42, -1)]
    sides = {firm: (x > 0, y) for firm, x, y in inner}
    others = network.firms.filter(~pl.col("here"))["bidder_id"].to_list()
    nearest = {o: max(own, key=lambda f: (tied.get((f, o), 0), f)) for o in others} if own else {}
    beside = sorted(others, key=lambda o: (-sides[nearest[o]][1], o))
    outer = [
        place
        for right in (True, False)
        for place in _arc([o for o in beside if sides[nearest[o]][0] == right], 0.98, 1 if right else -1)
    ]
    return network.firms.join(pl.DataFrame([*inner, *outer], PLACES, orient="row"), on="bidder_id")


def _in_order(firms: list[str], tied: dict[tuple[str, str], int]) -> list[str]:
    """Firms so that each follows the one it is most tied to."""
    left = sorted(firms, key=lambda f: (-sum(n for (a, _), n in tied.items() if a == f), f))
    order = left[:1]
    while len(order) < len(firms):
        rest = [f for f in left if f not in order]
        order.append(max(rest, key=lambda f: tied.get((order[-1], f), 0)))
    return order


def _arc(firms: list[str], radius: float, side: int) -> list[tuple[str, float, float]]:
    """Places from top to bottom, evenly high, so that names beside them have room."""
    n = len(firms)
    heights = [1 - (2 * i + 1) / n for i in range(n)]
    return [
        (f, side * radius * (0.72 + 0.28 * (1 - y * y) ** 0.5), y)
        for f, y in zip(firms, heights, strict=True)
    ]


def lines(ties: pl.DataFrame, firms: pl.DataFrame) -> pl.DataFrame:
    """One row per two firms and sort of tie, `n` times, as a line beside those of other sorts."""
    pair = ["bidder_a", "bidder_b"]
    counted = ties.group_by(*pair, "sort").agg(pl.len().alias("n")).sort(*pair, "sort")
    ends = firms.select("bidder_id", visible_column(pl.col("name")), "x", "y")
    line = counted.join(ends, left_on="bidder_a", right_on="bidder_id", maintain_order="left").join(
        ends, left_on="bidder_b", right_on="bidder_id", suffix="2", maintain_order="left"
    )
    dx, dy = pl.col("x2") - pl.col("x"), pl.col("y2") - pl.col("y")
    length = (dx**2 + dy**2).sqrt().clip(0.01)
    lane = (pl.int_range(pl.len()).over(pair) - (pl.len().over(pair) - 1) / 2) * _APART
    return line.with_columns(
        pl.col("x", "x2") - dy / length * lane, pl.col("y", "y2") + 2 * dx / length * lane
    )


def chart(ties: pl.DataFrame, firms: pl.DataFrame, w: Words) -> alt.LayerChart | alt.FacetChart:
    """Firms as points, the tender's own square; ties as lines whose width says how many."""
    tied = pl.concat([ties["bidder_a"], ties["bidder_b"]]).unique().to_list()
    shown = firms.filter(pl.col("here") | pl.col("bidder_id").is_in(tied))
    tallest: int | None = shown.group_by("here", pl.col("x") > 0).len().select(pl.max("len")).item()
    height = max(_LEAST, _STEP * (tallest or 0)) + 70
    return alt.layer(_edges(ties, shown, w), *_firms(shown, w)).properties(height=height)


def _edges(ties: pl.DataFrame, firms: pl.DataFrame, w: Words) -> alt.Chart:
    words = {s: w(f"tie.{s}") for s in SORTS}
    drawn = lines(ties, firms).with_columns(pl.col("sort").replace_strict(words, return_dtype=pl.String))
    used = [i for i, s in enumerate(words.values()) if s in set(drawn["sort"])]
    domain = [list(words.values())[i] for i in used]
    legend = alt.Legend(
        title=None, orient="bottom", symbolStrokeWidth=3, symbolSize=500, columns=7, labelLimit=220
    )
    drawn_lines: alt.Chart = (
        alt.Chart(drawn)
        .mark_rule(opacity=0.75)
        .encode(
            x=_X, y=_Y, x2="x2:Q", y2="y2:Q",
            color=alt.Color("sort:N", legend=legend,
                            scale=alt.Scale(domain=domain, range=[COLOURS[i] for i in used])),
            strokeDash=alt.StrokeDash("sort:N", legend=legend,
                                      scale=alt.Scale(domain=domain, range=[DASHES[i] for i in used])),
            strokeWidth=alt.StrokeWidth(
                "n:Q", legend=None, scale=alt.Scale(type="log", domain=[1, 30], range=[1.6, 6], clamp=True)
            ),
            tooltip=[
                alt.Tooltip("name:N", title=w("tie.firm")), alt.Tooltip("name2:N", title=w("tie.firm")),
                alt.Tooltip("sort:N", title=w("tie.sort")), alt.Tooltip("n:Q", title=w("tie.n")),
            ],
        )
    )  # fmt: skip
    return drawn_lines


def _firms(firms: pl.DataFrame, w: Words) -> list[alt.Chart]:
    here, other = w("tie.here"), w("tie.elsewhere")
    full = firms.select(visible_column(pl.col("name")).alias("full")).to_series()
    told = firms.with_columns(
        full, fitted(full, _LABEL).alias("label"),
        pl.when("here").then(pl.lit(here)).otherwise(pl.lit(other)).alias("where"),
    )  # fmt: skip
    base = alt.Chart(told)
    points = base.mark_point(size=170, filled=True, opacity=1, strokeWidth=2.2, cursor="pointer").encode(
        x=_X, y=_Y,
        fill=alt.Fill("where:N", legend=None,
                      scale=alt.Scale(domain=[here, other], range=["#1f5f7a", "#dfe7ec"])),
        stroke=alt.value("#4c8aa5"),
        shape=alt.Shape("where:N", scale=alt.Scale(domain=[here, other], range=["square", "circle"]),
                        legend=alt.Legend(title=None, orient="top", symbolFillColor="#4c8aa5")),
        tooltip=[
            alt.Tooltip("full:N", title=w("tie.firm")), alt.Tooltip("where:N", title=w("tie.where")),
            alt.Tooltip("tenders:Q", title=w("tie.tenders")), alt.Tooltip("wins:Q", title=w("tie.wins")),
        ],
    ).add_params(alt.selection_point(name=PICKED, fields=["bidder_id"], on="click"))  # fmt: skip
    return [points, *(name for side in (True, False) for name in _names(told, right=side))]


def _names(firms: pl.DataFrame, *, right: bool) -> list[alt.Chart]:
    """Names on the outer side of the points, with a halo, so that lines do not cross the letters."""
    colour, behind = ink()
    base = alt.Chart(firms.filter((pl.col("x") > 0) == right)).encode(x=_X, y=_Y, text="label:N")
    align, dx = ("left", 13) if right else ("right", -13)
    look: dict[str, Any] = {"align": align, "dx": dx, "fontSize": 12, "limit": 300}
    halo = base.mark_text(**look, stroke=behind, strokeWidth=4, strokeJoin="round", color=behind)
    return [halo, base.mark_text(**look, color=colour)]
