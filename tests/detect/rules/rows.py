"""Rows at random for any rule: every column that it reads, with values on both sides of its limits."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import polars as pl

from detect.rule import Rule
from features.build import Build
from records.tables import Bids, Tenders, market_of

CLOSED = datetime(2024, 5, 20, 1, 30, tzinfo=UTC)
IN_CHINA = {"jurisdiction": "CN-62", "deadline_at": CLOSED, "mechanism": "lowest"}
_EMPTY = Build(market_of(tenders=pl.DataFrame({"tender_id": ["T"], "batch_id": ["b"]})))
_RECORDS = {name: c.dtype for t in (Bids, Tenders) for name, c in t.columns().items()}
_NUMBERS = (0, 0, 0, 0, 1, 2, 3, 5, 10, 20, 40, 200, 500)
_PARTS = (-1.0, 0.0, 0.0, 0.0, 1e-9, 0.02, 0.2, 0.5, 0.9, 1.0, 2.0, 30.0, 400.0)


def columns(rule: Rule) -> dict[str, pl.DataType]:
    """Types of the columns that decide a rule's state."""
    types = dict(_EMPTY.grain(rule.grain).collect_schema()) | _RECORDS
    return {name: types[name] for name in (*rule.reads, *IN_CHINA)}


def rows(rule: Rule, n: int = 2000, seed: int = 1) -> pl.DataFrame:
    """Rows without nulls, in a Chinese tender."""
    draw, types = Random(seed), columns(rule)
    made = {name: [_value(kind, draw) for _ in range(n)] for name, kind in types.items()}
    frame = pl.DataFrame(made, schema=types, strict=False)
    return frame.with_columns(pl.lit(v).cast(types[k]).alias(k) for k, v in IN_CHINA.items())


def _value(kind: pl.DataType, draw: Random) -> Any:
    if kind == pl.Boolean:
        return draw.random() < 0.5
    if kind.is_integer():
        return draw.choice(_NUMBERS)
    if kind.is_float() or kind.is_decimal():
        return draw.choice(_PARTS)
    if kind == pl.Datetime:
        return CLOSED + timedelta(days=draw.choice((-400, -30, -3, 0, 3)))
    if kind == pl.Date:
        return (CLOSED + timedelta(days=draw.choice((-400, -30, -3, 0, 3)))).date()
    if kind == pl.Duration:
        return timedelta(days=draw.choice((0, 1, 30)))
    if isinstance(kind, pl.Enum):
        return draw.choice(kind.categories.to_list())
    if isinstance(kind, pl.List):
        return [_value(pl.Series(dtype=kind.inner).dtype, draw) for _ in range(3)]
    return draw.choice(("open", "restricted"))
