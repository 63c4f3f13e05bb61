"""A first draft of a mapping, by the similarity of names."""

import json
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import polars as pl
from rapidfuzz import fuzz

from records.admit import columns_given
from records.kinds import KINDS
from records.source import BadInput
from records.tables import MONEY, SCHEMAS
from records.tabular.files import ROW, SUFFIXES, data_files, read_table
from records.tabular.mapping import UNITS

NAMES = tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))
"""Names that other systems give: `tables`, `kinds`, `columns` by table, `unit_columns`."""

LEAST = 80
"""Names less alike than this (of 100) are left to the reader of the draft."""

_HELD_BY = ("bids", "bidders", "identifiers")
_SEPARATORS = (";", "；", "、")
_CJK = re.compile(r"[\u3400-\u9fff]")
_UNIT = re.compile(rf"[(（]({'|'.join(u for u in UNITS if _CJK.search(u))})[)）]")


class Match(NamedTuple):
    """A column, what it may be in ours, and how alike the names are (0 to 100)."""

    theirs: str
    ours: str
    likeness: float
    is_kind: bool


def suggest_mapping(folder: Path) -> str:
    """Draft a mapping file (TOML) for the tables of a folder. Read it before use: names can mislead.

    Raises:
        BadInput: the folder holds no table file.

    """
    files = data_files(folder) if folder.is_dir() else [folder]
    if not files:
        raise BadInput(
            "The folder holds no table", str(folder), f"Files that are read: {', '.join(SUFFIXES)}."
        )
    tables = {f.name: read_table(f)[0].drop(ROW) for f in files}
    chinese = any(_is_chinese(c) for rows in tables.values() for c in rows.columns)
    zone = 'timezone = "Asia/Shanghai"  # where times without a zone were taken\n' if chinese else ""
    drafts = [_draft(name, rows, chinese) for name, rows in tables.items()]
    return "# A draft by likeness of names (the number, of 100). Check every line.\n" + zone + "".join(drafts)


def _is_chinese(column: str) -> bool:
    specified = {n for columns in NAMES["columns"].values() for names in columns.values() for n in names}
    return bool(_CJK.search(column)) or (column.isupper() and column in specified)


def _draft(name: str, rows: pl.DataFrame, chinese: bool) -> str:
    """The draft for one file: of all tables, the one that its columns and its name fit best."""
    columns = rows.columns
    if Path(name).stem in SCHEMAS and set(columns) <= columns_given(Path(name).stem):
        return f"\n# {name} has our names already and needs no mapping\n"
    fits = {table: match_columns(table, columns) for table in SCHEMAS}
    table = max(fits, key=lambda t: sum(m.likeness for m in fits[t]) + _table_likeness(name, t))
    matches = fits[table]
    lines = ["", "[[files]]", f"file = {_quoted(name)}", f"table = {_quoted(table)}", "[files.columns]"]
    lines += [_line(m) for m in matches if not m.is_kind]
    left = [c for c in columns if c not in {m.theirs for m in matches} and c not in NAMES["unit_columns"]]
    lines += [f'# {_quoted(c)} = ""' for c in left]
    lines += _section("identifiers", [_line(m) for m in matches if m.is_kind])
    lines += _section("units", _units(table, matches, columns))
    lines += _section("separators", _separators(table, matches, rows))
    for m in matches:
        lines += _section(f"values.{_quoted(m.theirs)}", _values(m, rows))
    told = "currency" in SCHEMAS[table].columns() and "currency" not in {m.ours for m in matches}
    lines += _section("constants", ['currency = "CNY"'] if chinese and told else [])
    return "\n".join(lines) + "\n"


def match_columns(table: str, columns: list[str]) -> list[Match]:
    """Pair columns with those of a table, the most alike first, each of ours once.

    >>> matches = match_columns("bids", ["BIDDER_ORG_CODE", "投标报价（万元）", "MAC_ADDRESS"])
    >>> [(m.theirs, m.ours) for m in matches]
    [('BIDDER_ORG_CODE', 'bidder_id'), ('投标报价（万元）', 'amount'), ('MAC_ADDRESS', 'author_mac')]
    """
    rivals = sorted(
        (m for c in columns for m in _candidates(table, c) if m.likeness >= LEAST),
        key=lambda m: (-m.likeness, m.is_kind, columns.index(m.theirs)),
    )
    taken: dict[str, Match] = {}
    for m in rivals:
        free = m.is_kind or m.ours not in {t.ours for t in taken.values()}
        if m.theirs not in taken and free:
            taken[m.theirs] = m
    return sorted(taken.values(), key=lambda m: columns.index(m.theirs))


def _candidates(table: str, column: str) -> list[Match]:
    """What a column may be in a table."""
    own = [c for c in SCHEMAS[table].columns() if c not in ("batch_id", "source_table", "source_record")]
    found = [Match(column, c, _likeness(column, _names(table, c)), is_kind=False) for c in own]
    if table in _HELD_BY:
        for k, kind in KINDS.items():
            names = [k, kind.zh, kind.en, *NAMES["kinds"].get(k, ())]
            found.append(Match(column, k, _likeness(column, names), is_kind=True))
    return found


def _names(table: str, column: str) -> list[str]:
    """What a column of ours may be called."""
    places = (NAMES["columns"].get(table, {}), NAMES["columns"]["any"])
    return [column, *(name for names in places for name in names.get(column, ()))]


def _likeness(name: str, aliases: list[str]) -> float:
    return max(fuzz.ratio(_plain(name), _plain(alias)) for alias in aliases)


def _plain(name: str) -> str:
    """A name without case, blanks, signs and the unit behind it."""
    return re.sub(r"[\W_]", "", _UNIT.sub("", name).lower())


def _table_likeness(file: str, table: str) -> float:
    return _likeness(Path(file).stem, [table, *NAMES["tables"].get(table, ())])


def _units(table: str, matches: list[Match], columns: list[str]) -> list[str]:
    """Units stated in a header, or in a column of their own."""
    own = next((c for c in columns if c in NAMES["unit_columns"]), None)
    schema = SCHEMAS[table].columns()
    lines = []
    for m in matches:
        stated = _UNIT.search(m.theirs)
        if m.is_kind or schema[m.ours].dtype != MONEY or not (stated or own):
            continue
        lines.append(f"{_quoted(m.theirs)} = {_quoted(stated[1] if stated else f'@{own}')}")
    return lines


def _separators(table: str, matches: list[Match], rows: pl.DataFrame) -> list[str]:
    """Separators seen in fields that may hold several firms or traces."""
    lists = [m.theirs for m in matches if m.is_kind or (table == "bids" and m.ours == "bidder_id")]
    seen = {c: [s for s in _SEPARATORS if rows[c].cast(pl.String).str.contains(s).any()] for c in lists}
    return [f"{_quoted(c)} = {_quoted(found[0])}" for c, found in seen.items() if found]


def _values(match: Match, rows: pl.DataFrame) -> list[str]:
    """The values of a column whose values are ours to name; without a certain meaning they are empty."""
    known = NAMES["values"].get(match.ours)
    if known is None or match.is_kind:
        return []
    found = rows[match.theirs].cast(pl.String).str.strip_chars().drop_nulls().unique().sort().head(50)
    lines = [f"{_quoted(v)} = {_quoted(known.get(v, ''))}" for v in found if v not in known.values()]
    return [f"# one of {sorted(set(known.values()))}, empty where unknown", *lines] if lines else []


def _section(name: str, lines: list[str]) -> list[str]:
    return [f"[files.{name}]", *lines] if lines else []


def _line(match: Match) -> str:
    return f"{_quoted(match.theirs)} = {_quoted(match.ours)}  # {match.likeness:.0f}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
