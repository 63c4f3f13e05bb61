"""The little HTML that Streamlit lacks: badges, tiles, evidence. Data are always escaped.

Templates are constants in this package; `Markup.format` escapes every value that fills them.
Streamlit's Markdown is given data only as `label`: escapes alone do not stop its emoji codes and links.
"""

import re
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import polars as pl
import streamlit as st
from markupsafe import Markup

from app_pages.words import Words
from detect.rule import Level
from records.visible import visible

STYLE = Path(__file__).with_name("style.css")
SYMBOLS = {Level.RED: "◆", Level.ORANGE: "▲", Level.YELLOW: "●", Level.INFO: "○"}


def ink() -> tuple[str, str]:
    """Colours of text and of what lies behind it, for charts, whose text follows no theme by itself."""
    return ("#e4ebf0", "#12191f") if st.context.theme.type == "dark" else ("#1d2a33", "#ffffff")


def fitted(texts: pl.Series, width: int) -> pl.Series:
    """Texts cut to a width, with an ellipsis; a Chinese character takes two.

    >>> fitted(pl.Series(["兰州市", "ab", None]), 4).to_list()
    ['兰…', 'ab', None]
    """
    return pl.Series(texts.name, [t if t is None else _fit(t, width) for t in texts], pl.String)


def _fit(text: str, width: int) -> str:
    ends = list(accumulate(2 if east_asian_width(c) in "WF" else 1 for c in text[: width + 1]))
    if not ends or ends[-1] <= width:
        return text
    return text[: sum(end < width for end in ends)] + "…"


def fill(template: str, **values: Any) -> Markup:
    """Fill a template; what is not markup already is escaped.

    >>> fill("<b>{x}</b>", x="<i>")
    Markup('<b>&lt;i&gt;</b>')
    """
    return Markup(template).format(
        **{k: v if isinstance(v, Markup) else visible(v) for k, v in values.items()}
    )


def label(text: str, longest: int = 80) -> str:
    r"""Data in the label of a widget, which reads Markdown: every sign stands for itself.

    An unseen joiner after each sign breaks emoji codes and addresses, which no backslash does.

    >>> label(":smile: <b>").replace("\u2060", "|")
    '\\:|smile\\:| \\<|b\\>|'
    """
    return re.sub(r"([!-/:-@\[-`{-~])", "\\\\\\1\u2060", visible(text, longest))


def several(template: str, rows: Iterable[dict[str, Any]]) -> Markup:
    """The template once per row."""
    return Markup().join(fill(template, **row) for row in rows)


def draw(markup: Markup) -> None:
    """Put markup on the page."""
    st.html(markup)


def badge(level: Level | None, w: Words) -> Markup:
    """A level as symbol, word and colour."""
    if level is None:
        return fill('<span class="lead lead-none">{word}</span>', word=w("level.none"))
    return fill(
        '<span class="lead lead-{name}">{symbol} {word}</span>',
        name=level.name, symbol=SYMBOLS[level], word=level_word(level, w),
    )  # fmt: skip


def level_word(level: Level, w: Words) -> str:
    """The word for a level."""
    return w(f"level.{level.name}")


def tiles(rows: Iterable[tuple[str, str, str]]) -> Markup:
    """Figures with a label and a note each."""
    each = (
        '<div><div class="name">{label}</div><div class="figure">{value}</div>'
        '<div class="note">{note}</div></div>'
    )
    return fill(
        '<div class="tiles">{each}</div>',
        each=several(each, ({"label": a, "value": b, "note": c} for a, b, c in rows)),
    )


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Markup:
    """A small table that wraps its text."""
    return fill(
        '<table class="facts"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>',
        head=several("<th>{x}</th>", ({"x": h} for h in head)),
        body=several("<tr>{x}</tr>", ({"x": several("<td>{x}</td>", ({"x": c} for c in r))} for r in rows)),
    )
