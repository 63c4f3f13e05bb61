"""The report as a PDF, drawn by Typst from data that it never takes for markup, without the network."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from records.source import BadInput

LAYOUT = Path(__file__).with_name("report.typ")
FAMILIES = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "Noto Serif CJK SC")
"""Fonts with Chinese, the first that is installed is used."""


def pdf(report: dict[str, Any], at: datetime) -> bytes:
    """A PDF of what `cases.package.report.report` gives; the same report gives the same bytes.

    `at` is the document's date.

    Raises:
        BadInput: no font with Chinese is installed.

    """
    return _compiled(report, at, "pdf")[0]


def pages(report: dict[str, Any], at: datetime, ppi: float = 80) -> list[bytes]:
    """The same as one PNG a page, to look at."""
    return _compiled(report, at, "png", ppi)


def font() -> str:
    """The font of reports.

    Raises:
        BadInput: none is installed.

    """
    installed = _installed()
    found = next((f for f in FAMILIES if f in installed), None)
    if found is None:
        raise BadInput(
            "There is no font with Chinese characters, so a report cannot be drawn", "the system's fonts",
            "Install one, on Debian and Ubuntu: apt install fonts-noto-cjk.",
        )  # fmt: skip
    return found


@cache
def _installed() -> frozenset[str]:
    return frozenset(typst.Fonts().families())


def _compiled(report: dict[str, Any], at: datetime, kind: Any, ppi: float | None = None) -> list[bytes]:
    data = json.dumps({**report, "font": font()}, ensure_ascii=False)
    made = typst.compile(
        LAYOUT.read_bytes(), format=kind, ppi=ppi, sys_inputs={"data": data}, timestamp=int(at.timestamp())
    )
    return made if isinstance(made, list) else [made]
