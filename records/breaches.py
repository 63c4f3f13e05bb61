"""Which rows break the contract, and why, in words that a data owner understands."""

from functools import cache

import dataframely as dy
import polars as pl

from records.tables import SCHEMAS, Record

WRONG = "!"
"""Prefix of the columns that flag a reason for setting a row aside."""

PROVENANCE = tuple(Record.columns())


def values_of(table: str) -> list[str]:
    """The columns that say something, provenance aside."""
    return [c for c in SCHEMAS[table].columns() if c not in PROVENANCE]


def key_of(table: str) -> list[str]:
    """What makes a row the same row: the primary key, or else every value but how it is shown."""
    return SCHEMAS[table].primary_key() or [c for c in values_of(table) if c != "display"]


def against_schema(table: str, frame: pl.DataFrame) -> list[pl.Series]:
    """One flag per rule of the schema that some row breaks; keys are another matter."""
    schema = _numbered(table)
    numbered = frame.with_row_index("row_number").cast({"row_number": pl.UInt32})
    _, failure = schema.filter(numbered.select(*schema.columns()))
    broken = failure.details()
    rules = [r for r in broken.columns if "|" in r and r != "value_hash|nullability"]
    flags = [_broken(rule, broken, frame).alias(f"{WRONG}{_reason(table, rule)}") for rule in rules]
    return [flag for flag in flags if flag.any()]


def _broken(rule: str, broken: pl.DataFrame, frame: pl.DataFrame) -> pl.Series:
    """Rows that break a rule, but not those whose null has been given its reason already."""
    rows = broken.filter(pl.col(rule) == "invalid")["row_number"]
    return _never(frame).scatter(rows, True) & ~any_flag(frame, f"{WRONG}{rule.partition('|')[0]}:")


@cache
def _numbered(table: str) -> type[dy.Schema]:
    """The table's schema with the row's place in the frame, which tells failures apart."""
    return type(f"Numbered{table}", (SCHEMAS[table],), {"row_number": dy.UInt32()})


def _reason(table: str, rule: str) -> str:
    name, _, check = rule.partition("|")
    words = {
        "nullability": "missing",
        "regex": "does not match {}",
        "min": "below {}",
        "min_exclusive": "not above {}",
        "max": "above {}",
    }
    limit = getattr(_numbered(table).columns()[name], check, None)
    return f"{name}: {words.get(check, f'breaks the rule {check} {{}}').format(limit)}"


def one_per_key(table: str, frame: pl.DataFrame) -> list[pl.Series]:
    """Flags on all but the last of the rows that share a key, or all values where there is no key."""
    keys, values = key_of(table), values_of(table)
    values = values if SCHEMAS[table].primary_key() else keys
    rows = frame.with_row_index("row_number").filter(~any_flag(frame, WRONG))
    again = rows.filter(pl.struct(keys).is_duplicated())
    same = again.filter(~pl.struct(values).is_last_distinct())["row_number"]
    earlier = again.filter(~pl.struct(keys).is_last_distinct())["row_number"]
    is_same = _never(frame).scatter(same, True)
    flags = {
        "duplicate of another row": is_same,
        "primary key: duplicate": _never(frame).scatter(earlier, True) & ~is_same,
    }
    return [flag.alias(f"{WRONG}{reason}") for reason, flag in flags.items() if flag.any()]


def any_flag(frame: pl.DataFrame, prefix: str) -> pl.Series:
    """Rows with any flag whose name starts with `prefix`."""
    flags = [c for c in frame.columns if c.startswith(prefix)]
    return frame.select(pl.any_horizontal(flags).alias("any")).to_series() if flags else _never(frame)


def _never(frame: pl.DataFrame) -> pl.Series:
    return pl.repeat(False, frame.height, eager=True)
