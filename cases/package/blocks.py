"""What a report is made of: blocks of plain data that the page layout (`report.typ`) draws as they are.

Every text passes through `shown`: whatever a source wrote stands there as text, and breaks where a column
ends.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from records.visible import LONGEST, visible

Block = dict[str, Any]

CELL, STATEMENT, LINES = 2_000, 12_000, 400
"""Characters of a line of a cell and of a paragraph, and lines, that are shown; `case.json` has all of it."""

_RUN = re.compile(r"[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]{16}(?=\S)")
"""Characters between which no line breaks by itself; Chinese breaks anywhere."""


def shown(text: object, longest: int = LONGEST) -> str:
    r"""Text as the page shows it, with places to break in long words.

    >>> shown("a" * 20).split("\u200b"), shown("\u202eabc")
    (['aaaaaaaaaaaaaaaa', 'aaaa'], '�abc')
    """
    return _RUN.sub(lambda run: run[0] + "\u200b", visible(text, longest))


def lines(*texts: object) -> str:
    """Several lines of one cell; empty ones are left out, and a line stays one."""
    return "\n".join(visible(t) for t in texts if t)


def heading(text: object, depth: int = 1) -> Block:
    """The title of a section, or with a greater depth of a part of it."""
    return {"block": "heading", "text": shown(text), "depth": depth}


def paragraph(text: object, tone: str = "plain") -> Block:
    """A paragraph with its lines; its `tone` is plain, note (small), strong or quote."""
    return {"block": "paragraph", "text": _lines(text, STATEMENT), "tone": tone}


def bullets(texts: Iterable[object]) -> Block:
    """A list."""
    return {"block": "bullets", "items": [shown(t) for t in texts]}


def pairs(rows: Iterable[tuple[object, object]]) -> Block:
    """Names and what they stand for, one to a line."""
    return {"block": "pairs", "rows": [[shown(k), _cell(v)] for k, v in rows]}


def table(
    head: Sequence[object], rows: Iterable[Sequence[object]], widths: Sequence[float], right: str = ""
) -> Block:
    """A table; `widths` are shares of the page, `right` has an r for each column of figures, else l."""
    return {
        "block": "table",
        "head": [shown(h) for h in head],
        "rows": [[_cell(c) for c in row] for row in rows],
        "widths": list(widths),
        "right": [c == "r" for c in right.ljust(len(widths), "l")],
    }


def form(labels: Sequence[object]) -> Block:
    """Lines that somebody fills in by hand."""
    return {"block": "form", "labels": [shown(label) for label in labels]}


def moment(at: datetime | None, zone: str, unknown: str = "") -> str:
    """A time in a zone, to the second.

    >>> from datetime import UTC
    >>> moment(datetime(2024, 3, 1, 1, tzinfo=UTC), "Asia/Shanghai")
    '2024-03-01 09:00:00'
    """
    return unknown if at is None else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def _cell(value: object) -> str:
    return _lines(value, CELL)


def _lines(text: object, longest: int) -> str:
    return "\n".join(shown(line, longest) for line in str(text).split("\n")[:LINES])
