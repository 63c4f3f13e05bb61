"""Amounts in thousands or 万元 brought to the currency's main unit, exactly."""

from pathlib import Path

import polars as pl

from records.kinds import KINDS
from records.source import UNREADABLE
from records.tabular.files import ROW
from records.tabular.mapping import UNITS, FileMapping, multiplier

_EXACT = pl.Decimal(38, 12)


def in_main_units(
    rows: pl.DataFrame, rule: FileMapping, path: Path
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """Amounts in the currency's main unit, the rows whose unit is unknown, and what was changed."""
    repairs, lost = {}, [UNREADABLE.to_frame()]
    for column, unit in rule.units.items():
        factor = multiplier(unit, path.name)
        told = pl.lit(factor, _EXACT) if factor is not None else _told(str(unit)[1:])
        given = pl.col(column).is_not_null() & (pl.col(column).cast(pl.String) != "")
        unknown = rows.select((given & told.is_null()).alias("unknown")).to_series()
        lost.append(_aside(rows.filter(unknown), rule, path.name, f"the unit of {column} is unknown"))
        rows = rows.filter(~unknown)
        number = pl.col(column).cast(pl.String).str.replace_all(",", "").cast(_EXACT, strict=False)
        repairs[f"{path.name}: {column} converted from the unit {unit}"] = rows.select(
            (number.is_not_null() & (told != 1)).sum()
        ).item()
        exact = (number * told).cast(pl.Decimal(38, 6)).cast(pl.String)
        rows = rows.with_columns(pl.coalesce(exact, pl.col(column).cast(pl.String)).alias(column))
    return rows, pl.concat(lost), {what: n for what, n in repairs.items() if n}


def _told(column: str) -> pl.Expr:
    """The multiplier that a column of units tells."""
    names = pl.col(column).cast(pl.String).str.strip_chars()
    return names.replace_strict(UNITS, default=None, return_dtype=pl.Int64).cast(_EXACT)


def _aside(rows: pl.DataFrame, rule: FileMapping, name: str, reason: str) -> pl.DataFrame:
    """Rows as JSON, without what the mapping says is personal or may be."""
    personal = [theirs for theirs, kind in rule.identifiers.items() if KINDS[kind].personal]
    personal += [theirs for theirs, ours in rule.columns.items() if ours == "value"]
    return rows.select(
        pl.lit(name).alias("source_table"),
        pl.format("row {}", ROW).alias("source_record"),
        pl.lit(reason).alias("reason"),
        pl.struct(pl.exclude(ROW, *personal)).struct.json_encode().alias("raw"),
    ).cast(UNREADABLE)  # fmt: skip
