"""The mapping from a folder's tables to ours: its shape, and what may stand in it."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import msgspec

from records.admit import columns_given
from records.kinds import KINDS
from records.source import BadInput
from records.tables import SCHEMAS

UNITS: dict[str, int] = {
    "元": 1, "千元": 10**3, "万元": 10**4, "十万元": 10**5, "百万元": 10**6, "千万元": 10**7, "亿元": 10**8,
    "one": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9,
}  # fmt: skip
"""Names of units and how many of the currency's main unit they are."""


class FileMapping(msgspec.Struct, forbid_unknown_fields=True):
    """How one file becomes rows of one table. Keys are the file's columns unless said otherwise.

    `columns` names our column. `units` gives a unit (`万元`), a number, or `@COLUMN` for a column
    that holds the unit. `values` translates values. `separators` splits several firms or several
    traces in one field. `identifiers` names the kind of identifier in a column, `sequences` the column
    that holds its number in a series, of which the last run of digits counts. `constants` gives our
    columns a value. `timezone` says where times without a zone were taken.
    """

    file: str
    table: str
    sheet: str | None = None
    timezone: str | None = None
    columns: dict[str, str] = {}
    units: dict[str, str | int | float] = {}
    values: dict[str, dict[str, str]] = {}
    separators: dict[str, str] = {}
    identifiers: dict[str, str] = {}
    sequences: dict[str, str] = {}
    constants: dict[str, str | int | float | bool] = {}


class Mapping(msgspec.Struct, forbid_unknown_fields=True):
    """The mapping of a folder; `timezone` holds for files that name none."""

    files: list[FileMapping]
    timezone: str | None = None


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises:
        BadInput: it is no TOML, or names a table, column, unit, kind or zone that does not exist.

    """
    try:
        mapping = msgspec.toml.decode(path.read_bytes(), type=Mapping)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        keys = ", ".join(f.name for f in msgspec.structs.fields(FileMapping))
        raise BadInput(
            f"The mapping cannot be read: {error}", str(path), f"Keys of a file: {keys}."
        ) from error
    for file in mapping.files:
        _check(file, f"{path}, file {file.file}")
    _among("time zone", [mapping.timezone], available_timezones(), str(path))
    return mapping


def _check(file: FileMapping, where: str) -> None:
    _among("table", [file.table], SCHEMAS, where)
    ours = [*file.columns.values(), *file.constants]
    _among("column", ours, columns_given(file.table) - {"batch_id"}, f"{where}, table {file.table}")
    twice = sorted({c for c in ours if ours.count(c) > 1})
    if twice:
        raise BadInput(f"Several columns are mapped to {twice}", where, "Map one column to each of ours.")
    _among("kind of identifier", file.identifiers.values(), KINDS, where)
    _among("time zone", [file.timezone], available_timezones(), where)
    for unit in file.units.values():
        multiplier(unit, where)
    _check_keys(file, where)


def _check_keys(file: FileMapping, where: str) -> None:
    """Units, values and separators belong to columns that are mapped."""
    _among("mapped column", [*file.units, *file.values], file.columns, where)
    firms = {c for c, ours in file.columns.items() if ours == "bidder_id" and file.table == "bids"}
    _among("column that may hold several values", file.separators, firms | set(file.identifiers), where)
    _among("column of identifiers", file.sequences, file.identifiers, where)
    if file.identifiers and "bidder_id" not in file.columns.values():
        raise BadInput("Identifiers need to know whose they are", where, "Map a column to bidder_id.")


def multiplier(unit: str | int | float, where: str) -> Decimal | None:
    """How many main units of the currency a unit is; none where a column tells it."""
    if str(unit).startswith("@"):
        return None
    try:
        return Decimal(UNITS[unit] if unit in UNITS else str(unit))
    except InvalidOperation as error:
        remedy = f"Units are {list(UNITS)}, a number, or @ and the column that holds the unit."
        raise BadInput(f"There is no unit {unit!r}", where, remedy) from error


def _among(what: str, given: Any, known: Any, where: str) -> None:
    unknown = [g for g in given if g is not None and g not in known]
    if unknown:
        listed = sorted(known) if len(known) < 100 else "those of the IANA list, e.g. Asia/Shanghai"
        raise BadInput(f"There is no {what} {unknown[0]!r}", where, f"Known: {listed}.")
