"""The words of packages and exports, in both languages; `words.toml` holds them."""

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from detect.exclusions import EXCLUSIONS
from features.catalogue import CATALOGUE, Column, Grain
from features.units import units
from records.kinds import KINDS
from records.tables import SCHEMAS

FILE = Path(__file__).with_name("words.toml")
SHARED = ("state", "event", "ground", "reading", "level", "mechanism", "status", "value", "column")
_OF_A_KIND = ("shared_", "known_", "holders_")


class Words:
    """Texts of one language, `en` or `zh`, by key, with `{name}` places."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.joint = "、" if lang == "zh" else ", "
        self.colon = "：" if lang == "zh" else ": "

    def __call__(self, key: str, /, **values: Any) -> str:
        """The text behind a key.

        Raises:
            KeyError: no such key.

        """
        if key not in texts():
            raise KeyError(f"No words for {key!r}; add it to {FILE.name} in both languages.")
        return texts()[key][self.lang].format(**values)

    def of(self, section: str, name: str | None) -> str:
        """The word for a code, such as a state; a code that has none reads as it is."""
        if name is None:
            return self("value.unknown")
        return self(f"{section}.{name}") if f"{section}.{name}" in texts() else name.replace("_", " ")

    def ground(self, code: str) -> str:
        """The reason that a closing gives; an innocent one goes by its code, too."""
        innocent = next((x for x in EXCLUSIONS if x.code == code), None)
        if innocent is None:
            return self.of("ground", code)
        return f"{code} {innocent.zh if self.lang == 'zh' else innocent.en}"

    def column(self, name: str) -> str:
        """What a column is called; columns about a kind of identifier go by the kind."""
        if f"column.{name}" in texts():
            return self(f"column.{name}")
        kind = KINDS.get(name.partition("_")[2]) if name.startswith(_OF_A_KIND) else None
        if kind is not None:
            return kind.zh if self.lang == "zh" else kind.en
        zh, en = _column(name)
        return zh or en if self.lang == "zh" else en

    def money(self, amount: Decimal | None, currency: str | None = None) -> str:
        """An amount with its currency; cents only where there are any."""
        if amount is None:
            return self("value.unknown")
        figure = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
        return f"{currency} {figure}" if currency else figure

    def quantity(self, name: str, value: Any, unit: str = "") -> str:
        """A value that a rule read, with its unit."""
        if value is None:
            return self("value.unknown")
        if isinstance(value, bool):
            return self("value.yes" if value else "value.no")
        if isinstance(value, int | float | Decimal):
            return f"{_figure(float(value))} {self._unit(unit)}".strip()
        return self.of(name, value) if isinstance(value, str) else str(value)

    def _unit(self, unit: str) -> str:
        known = units().get(unit)
        return unit if known is None else known[self.lang]


def shared() -> dict[str, dict[str, dict[str, str]]]:
    """What the dashboard calls by the same words, by section, key and language: codes, columns, events."""
    sections = tomllib.loads(FILE.read_text("utf-8"))
    return {name: sections[name] for name in SHARED}


@cache
def texts() -> dict[str, dict[str, str]]:
    """Texts by `section.key` and language."""
    sections = tomllib.loads(FILE.read_text("utf-8"))
    return {f"{name}.{key}": text for name, section in sections.items() for key, text in section.items()}


@cache
def _catalogued() -> dict[str, Column]:
    """Features of all grains; of two with one name that of the first grain."""
    grains = reversed(list(map(CATALOGUE.columns, Grain)))
    return {name: column for columns in grains for name, column in columns.items()}


@cache
def _column(name: str) -> tuple[str, str]:
    """Chinese and English name of a feature or of a column of the records."""
    found = _catalogued().get(name)
    if found is not None:
        return found.zh, found.meaning.rstrip(".")
    columns = (s.columns() for s in SCHEMAS.values())
    recorded = next((c[name] for c in columns if name in c), None)
    zh = "" if recorded is None else (recorded.metadata or {}).get("zh", "")
    return zh, name.replace("_", " ")


def _figure(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) >= 0.001 else f"{value:.2e}"
