"""A table of leads: every row is a link, which a click or a key opens and which can open in a new tab.

Streamlit's own table draws on a canvas: it loses a click that comes at once with the pointer, has no links
within a session, and says nothing to a screen reader.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import streamlit as st

from app_pages import address
from app_pages.desk import moment
from app_pages.markup import SYMBOLS, level_word
from app_pages.words import Words
from cases.tables import Alert
from detect.rule import Level
from records.visible import visible

_HERE = Path(__file__).parent
Part = dict[str, Any]
"""A piece of a cell: its `kind`, its `text`, and what that kind needs."""


class Column(NamedTuple):
    """What stands above a column, its share of the width in percent, its side, and what it means."""

    title: str
    width: float
    side: str = ""
    said: str = ""


class Row(NamedTuple):
    """A row: what tells it from others, the parameters of its page, its name, and its cells."""

    id: int | str
    query: dict[str, str]
    name: str
    cells: list[list[Part]]


class Picked(NamedTuple):
    """Rows that are ticked, and the one that was clicked just now."""

    ticked: list[int | str]
    opened: int | str | None


def lead_table(
    w: Words, title: str, page: str, columns: Sequence[Column], rows: Sequence[Row], *,
    key: str, tickable: bool = False,
) -> Picked:  # fmt: skip
    """Draw a table.

    Args:
        w: words of the page's language.
        title: what the table holds, for those who hear it.
        page: where its links lead.
        columns: as many as each row has cells.
        rows: in their order.
        key: of the widget; `ticked` below it in the session are the ids of ticked rows.
        tickable: whether rows have boxes to tick.

    """
    kept = st.session_state.get(key) or {}
    drawn = st.components.v2.component(
        "lead_table", html='<div class="leads"></div>', js=_front("js"), css=_front("css")
    )
    told = drawn(
        key=key,
        data={
            "at": time.time(),
            "title": title,
            "tickable": tickable,
            "tick_all": w("queue.tick_all"),
            "ticked": list(kept.get("ticked") or []),
            "columns": [c._asdict() for c in columns],
            "rows": [
                {
                    "id": r.id,
                    "href": f"{page}?{urlencode({**r.query, **address.personal()})}",
                    "tick": w("queue.tick", title=r.name),
                    "cells": r.cells,
                }
                for r in rows
            ],
        },
        on_ticked_change=_noted,
        on_opened_change=_noted,
    )
    here = {r.id for r in rows}
    opened = told.opened if told.opened in here else None
    return Picked([i for i in told.ticked or [] if i in here], opened)


def text(value: object) -> Part:
    """A line of text, which is cut where there is no room; all of it shows on hovering."""
    return {"kind": "text", "text": visible(value)}


def small(value: object) -> Part:
    """The same, less in sight."""
    return {"kind": "small", "text": visible(value)}


def link(value: object) -> Part:
    """The text that is the row's link."""
    return {"kind": "link", "text": visible(value)}


def badge(level: Level | None, w: Words) -> Part:
    """A level; None where only the random audit drew it."""
    if level is None:
        return {"kind": "badge", "tone": "none", "text": w("place.audit")}
    return {"kind": "badge", "tone": level.name, "text": f"{SYMBOLS[level]} {level_word(level, w)}"}


def bar(value: str, share: float, said: str) -> Part:
    """A figure behind a bar that is filled to a share from 0 to 1."""
    return {"kind": "bar", "text": value, "share": min(max(share, 0.0), 1.0), "said": said}


def chips(names: Sequence[tuple[str, str]]) -> Part:
    """Short names, each with what it means."""
    return {"kind": "chips", "chips": [{"text": name, "said": said} for name, said in names]}


def stands(w: Words, alert: Alert) -> list[Part]:
    """Where an alert stands, with whom, and until when it is put off."""
    state = w("state.proposed" if alert.proposed else f"state.{alert.state}")
    until = alert.snoozed_until if alert.snoozed_until and alert.snoozed_until > datetime.now(UTC) else None
    off = [small(w("queue.put_off", until=moment(until)[:10]))] if until else []
    return [text(state), small(alert.owner or w("queue.nobody")), *off]


@cache
def _front(kind: str) -> str:
    return _HERE.joinpath(f"lead_table.{kind}").read_text("utf-8")


def _noted() -> None:
    """What was ticked or opened is read where the table is drawn."""
