"""What a reader of a data source is, and the registry that the command line asks."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

import records.sources
from records.discovery import discover

UNREADABLE = pl.Schema(
    {"source_table": pl.String, "source_record": pl.String, "reason": pl.String, "raw": pl.String}
)


class BadInput(Exception):  # noqa: N818  (it names the input, not the program)
    """Input that cannot be used at all: what, where, and what to do."""

    exit_code = 1

    def __init__(self, what: str, where: str, remedy: str) -> None:
        super().__init__(f"{what} ({where}). {remedy}")
        self.what, self.where, self.remedy = what, where, remedy


class Busy(BadInput):
    """Another process holds what is needed; the same command can succeed later."""

    exit_code = 75
    """`EX_TEMPFAIL` of sysexits.h, by which schedulers know that trying again makes sense."""


@dataclass(frozen=True)
class Raw:
    """A chunk of records as read, before the contract is applied.

    `tables` holds frames by table name with our column names and any value types; identifiers and
    known values carry `value` instead of `value_hash`. Every row has `source_table` and
    `source_record`. `unreadable` holds the records that are no row of any table. `repairs` counts,
    by a sentence that says what was done, the values that the reader changed or left out.
    """

    tables: dict[str, pl.DataFrame]
    unreadable: pl.DataFrame
    repairs: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A registered reader."""

    name: str
    en: str
    zh: str
    read: Callable[..., Iterator[Raw]]


SOURCES: dict[str, Source] = {}

Reader = Callable[..., Iterator[Raw]]


def source(name: str, *, en: str, zh: str) -> Callable[[Reader], Reader]:
    """Register a reader: a function from a path and keyword options to chunks of `Raw`."""

    def register(read: Reader) -> Reader:
        if name in SOURCES:
            raise ValueError(f"Source {name} is registered twice.")
        SOURCES[name] = Source(name, en, zh, read)
        return read

    return register


def read(name: str, path: Path, **options: Any) -> Iterator[Raw]:
    """Read a file or folder with the named reader.

    Raises:
        BadInput: no such source, or the input cannot be read at all.

    """
    discover(records.sources)
    if name not in SOURCES:
        raise BadInput(f"There is no source {name!r}", "--source", f"Choose one of {sorted(SOURCES)}.")
    if not path.exists():
        raise BadInput("There is no such file or folder", str(path), "Check the path.")
    parameters = inspect.signature(SOURCES[name].read).parameters.values()
    known = [p.name for p in parameters if p.name != "path"]
    open_ended = any(p.kind == p.VAR_KEYWORD for p in parameters)
    if not open_ended and (unknown := sorted(set(options) - set(known))):
        raise BadInput(
            f"Source {name} takes no {', '.join(unknown)}", "the options", f"It takes {known or 'none'}."
        )
    return SOURCES[name].read(path, **options)
