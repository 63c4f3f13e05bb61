"""All bids of a tender on one axis, against what the buyer expected to pay."""

from collections.abc import Mapping
from typing import Any, Literal

import altair as alt
import polars as pl

from app_pages.markup import ink
from app_pages.quantity import in_currency
from app_pages.words import Words
from detect.usual_prices import Usual
from records.visible import visible

ROLES = ("winner", "lowest", "other", "out")
"""What a dot stands for: the winner, the lowest valid bid, another valid bid, one that is not valid."""

STATUSES = ("valid", "disqualified", "withdrawn", "pending")
_SHAPES = ("diamond", "triangle-down", "circle", "cross")
_COLOURS = ("#1f7a5c", "#2b6cb0", "#7c95a6", "#b07c7c")
_LINES = {"estimate": "#8a6d3b", "ceiling": "#c0392b"}
_STEP = 26
_MARGINS = 72
"""Streamlit fits axis, title and line names into the height."""


def priced(bids: pl.DataFrame, w: Words) -> pl.DataFrame:
    """Bids with an amount, cheapest first, each with `who`, `role` (of `ROLES`), `shown` (its label)."""
    valid = pl.col("status").is_null() | (pl.col("status").cast(pl.String) == "valid")
    with_amount = bids.filter(pl.col("amount").is_not_null()).sort("amount", "bid_id")
    lowest = valid & (pl.col("amount") == pl.col("amount").filter(valid).min())
    role = (
        pl.when(pl.col("won").fill_null(False)).then(pl.lit("winner"))
        .when(~valid).then(pl.lit("out"))
        .when(lowest).then(pl.lit("lowest"))
        .otherwise(pl.lit("other"))
    )  # fmt: skip
    said = {x: w(f"chart.{x}") for x in ("winner", "lowest")}
    told = (
        pl.when(pl.col("role") == "out").then("status")
        .when("both").then(pl.lit(f"{said['winner']}, {said['lowest'].lower()}"))
        .otherwise(pl.col("role").replace_strict(said, default=None))
    )  # fmt: skip
    statuses = {s: w(f"status.{s}") for s in STATUSES}
    marked = with_amount.select(
        role.alias("role"),
        pl.col("status").cast(pl.String).replace_strict(statuses, default=None, return_dtype=pl.String),
        pl.col("amount").cast(pl.Float64),
        pl.Series("who", _distinct(with_amount["name"].to_list()), pl.String),
        (pl.col("won").fill_null(False) & lowest).alias("both"),
    )
    figures = [f"{x:,.2f}".removesuffix(".00") for x in marked["amount"]]
    return marked.with_columns(pl.Series("figure", figures, pl.String)).with_columns(
        pl.concat_str("figure", told, separator="  ", ignore_nulls=True).alias("shown")
    )


def chart(
    bids: pl.DataFrame, tender: Mapping[str, Any], usual: Usual | None, w: Words
) -> alt.LayerChart | alt.FacetChart:
    """Dots per bidder with their amounts; estimate and ceiling as lines, the usual range as a band."""
    lines = reference_lines(tender, w)
    band = pl.DataFrame([] if usual is None else [{"low": usual.low, "high": usual.high}])
    everything = [*bids["amount"], *lines["amount"], *(usual[:2] if usual else ())]
    low, high = min(everything), max(everything)
    room = (high - low) or high * 0.01
    domain = [low - 0.06 * room, high + 0.30 * room]
    title = in_currency(w("column.amount"), pl.Series([tender["currency"]], dtype=pl.String), w)
    x = _axis("amount", title, domain)
    y = alt.Y(
        "who:N", title=None, sort=bids["who"].to_list(),
        axis=alt.Axis(labelLimit=360, ticks=False, domain=False, grid=True),
    )  # fmt: skip
    base = alt.Chart(bids)
    dots = base.mark_point(filled=True, size=130, opacity=1).encode(
        x=x, y=y,
        color=alt.Color("role:N", scale=alt.Scale(domain=list(ROLES), range=list(_COLOURS)), legend=None),
        shape=alt.Shape("role:N", scale=alt.Scale(domain=list(ROLES), range=list(_SHAPES)), legend=None),
        tooltip=[
            alt.Tooltip("who:N", title=w("column.bidder")),
            alt.Tooltip("shown:N", title=w("column.amount")),
        ],
    )  # fmt: skip
    labels = base.mark_text(align="left", dx=11, fontSize=12, color=ink()[0]).encode(x=x, y=y, text="shown:N")
    rules = alt.Chart(lines).mark_rule(strokeDash=[5, 4], strokeWidth=1.5)
    colour = alt.Color("colour:N", scale=None)
    layers = [dots, labels]
    if lines.height:
        layers = [rules.encode(x=x, color=colour), *_named(lines, x, colour), *layers]
    if usual is not None:
        low_end = _axis("low", title, domain)
        layers = [
            alt.Chart(band).mark_rect(opacity=0.08, color=ink()[0]).encode(x=low_end, x2="high:Q"),
            *layers,
        ]
    drawn = alt.layer(*layers)
    return drawn.properties(height=_STEP * max(bids.height, 2) + _MARGINS)


def _named(lines: pl.DataFrame, x: alt.X, colour: alt.Color) -> list[alt.Chart]:
    """The names of the lines: of two, each on its outer side, so that they never meet."""
    sides: list[tuple[Literal["left", "right"], pl.DataFrame]] = [
        ("right", lines.head(-1)), ("left", lines.tail(1)),
    ]  # fmt: skip
    return [
        alt.Chart(of_side)
        .mark_text(align=side, baseline="bottom", dx=4 if side == "left" else -4, dy=-4, fontSize=12)
        .encode(x=x, y=alt.value(0), text="what:N", color=colour)
        for side, of_side in sides
        if of_side.height
    ]


def _axis(field: str, title: Any, domain: list[float]) -> alt.X:
    return alt.X(
        f"{field}:Q",
        title=title,
        scale=alt.Scale(domain=domain, nice=False, zero=False),
        axis=alt.Axis(format=",.2~f", tickCount=6, labelOverlap=True),
    )


def reference_lines(tender: Mapping[str, Any], w: Words) -> pl.DataFrame:
    """Estimate and ceiling where on record, by amount: `amount, what, colour`; equal ones are one line."""
    rows = [
        {"amount": float(tender[name]), "what": w(f"column.{name}"), "colour": colour}
        for name, colour in _LINES.items()
        if tender[name] is not None
    ]
    schema = {"amount": pl.Float64, "what": pl.String, "colour": pl.String}
    joined = pl.DataFrame(rows, schema=schema).group_by("amount", maintain_order=True)
    return joined.agg(pl.col("what").str.join(" = "), pl.col("colour").last()).sort("amount")


def _distinct(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for name in map(visible, names):
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out
