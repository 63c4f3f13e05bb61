"""Laws that rules refer to, as data with place, time and a mark of how the text was checked."""

import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from detect.validity import Validity

LAWS_FILE = Path(__file__).with_name("laws.toml")

MARKS = {
    "V": ("read in the primary text", "已核对原文"),
    "S": ("known from secondary sources only", "仅见于二手资料"),
    "K": ("domain knowledge, not checked", "未核对"),
    "D": ("a choice of this project", "本项目的设定"),
}
"""How a text was checked: mark to its meaning in English and Chinese."""


class Law(NamedTuple):
    """One provision: titles, paraphrases, where and when it holds, how it was checked."""

    id: str
    jurisdiction: str
    zh: str
    en: str
    zh_text: str
    en_text: str
    mark: str
    valid_from: date | None = None
    valid_to: date | None = None

    def text(self, lang: str) -> str:
        """Title and paraphrase in `en` or `zh`, with a remark where the text was not read."""
        title, told, check = (
            (self.zh, self.zh_text, MARKS[self.mark][1]) if lang == "zh"
            else (self.en, self.en_text, MARKS[self.mark][0])
        )  # fmt: skip
        remark = "" if self.mark == "V" else f" [{check}]"
        return f"{title}: {told}{remark}"

    def holds(self) -> pl.Expr:
        """Whether it is known to hold for rows with `jurisdiction` and `deadline_at`.

        It reaches the parts of its jurisdiction. Where the deadline is not on record, a law that has
        not ended holds. A law without `valid_from` is not known to hold anywhere.
        """
        if self.valid_from is None:
            return pl.lit(False)
        return Validity(self.jurisdiction, self.valid_from, self.valid_to).holds()


def read_laws(path: Path) -> dict[str, Law]:
    """Laws of a TOML file by id.

    Raises:
        ValueError: a table lacks a field, has an unknown one, or a mark or period makes no sense.

    """
    return {key: _law(key, table, path) for key, table in tomllib.loads(path.read_text("utf-8")).items()}


@cache
def laws() -> dict[str, Law]:
    """The laws that come with the engine."""
    return read_laws(LAWS_FILE)


def cite(ids: Sequence[str]) -> list[Law]:
    """The named laws, in that order.

    >>> [law.zh for law in cite(["CN-REG-40-1"])]
    ['招标投标法实施条例 第四十条第一项']

    Raises:
        ValueError: an id is not on record.

    """
    known = laws()
    if unknown := [i for i in ids if i not in known]:
        raise ValueError(
            f"No law {unknown} on record; add it to {LAWS_FILE.name}, which has {sorted(known)}."
        )
    return [known[i] for i in ids]


def _law(key: str, table: dict[str, Any], path: Path) -> Law:
    allowed = set(Law._fields) - {"id"}
    missing = sorted(allowed - set(table) - set(Law._field_defaults))
    unknown = sorted(set(table) - allowed)
    if missing or unknown:
        raise ValueError(
            f"Law {key} in {path.name}: missing {missing}, unknown {unknown}; {sorted(allowed)}."
        )
    law = Law(key, **table)
    if law.mark not in MARKS:
        raise ValueError(f"Law {key} in {path.name} has mark {law.mark!r}; choose one of {sorted(MARKS)}.")
    if law.valid_from and law.valid_to and law.valid_from >= law.valid_to:
        raise ValueError(
            f"Law {key} in {path.name} ends on {law.valid_to}, before it begins; mend its dates."
        )
    return law
