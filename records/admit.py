"""Applying the data contract to rows as read: what is kept, what was mended, what is set aside."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl
import polars.selectors as cs

from records.breaches import PROVENANCE, WRONG, against_schema, any_flag, one_per_key
from records.kinds import KINDS
from records.mend import MENDED, mend
from records.parse import Reading, reading, text
from records.privacy import masked, pseudonymise
from records.tables import SCHEMAS, conform

ZONE = "time_zone"
"""Optional raw column: the IANA zone in which a row's naive times were taken; UTC without it."""

QUARANTINE = pl.Schema(
    {
        "table": pl.String(),
        "source_table": pl.String(),
        "source_record": pl.String(),
        "reasons": pl.List(pl.String()),
        "raw": pl.String(),
    }
)
_GIVEN = "?"


@dataclass(frozen=True)
class Counts:
    """Rows of one table: read = kept + quarantined, repaired is a part of kept.

    `reasons` and `repairs` count rows per code; a row may have several.
    """

    read: int = 0
    kept: int = 0
    repaired: int = 0
    quarantined: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    repairs: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.read + other.read,
            self.kept + other.kept,
            self.repaired + other.repaired,
            self.quarantined + other.quarantined,
            _added(self.reasons, other.reasons),
            _added(self.repairs, other.repairs),
        )

    def adds_up(self) -> bool:
        """Whether no row was lost or counted twice."""
        return self.read == self.kept + self.quarantined and self.repaired <= self.kept


def _added(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    return {k: a.get(k, 0) + b.get(k, 0) for k in sorted({*a, *b})}


@dataclass(frozen=True)
class Admitted:
    """What became of the rows of one table; `good` satisfies the table's schema."""

    good: pl.DataFrame
    quarantine: pl.DataFrame
    counts: Counts


def admit(table: str, raw: pl.DataFrame, *, batch_id: str, key: bytes) -> Admitted:
    """Apply the contract of `table` to rows as read.

    `raw` has our column names and values of any type; columns may be absent. Identifiers and known
    values carry `value`, which leaves as a hash made with `key`. Column `time_zone` is optional.
    Of rows with one primary key the last is kept, the others are set aside.

    Raises:
        ValueError: no such table, or columns that the table does not have.

    >>> raw = pl.DataFrame({"bid_id": ["a", "b", None], "tender_id": ["T", "T", "T"],
    ...                     "bidder_id": ["A", "B", "C"], "amount": ["1,000", "ten", "0"]})
    >>> a = admit("bids", raw, batch_id="x", key=b"k" * 32)
    >>> a.good["bid_id"].to_list(), a.quarantine["reasons"].to_list()
    (['a'], [['amount: cannot be read as a number'], ['bid_id: missing']])
    >>> dict(a.counts.repairs)
    {'amount: thousands separators dropped': 1}

    """
    _check_columns(table, raw)
    frame = _typed(table, _hashed(table, raw, key), batch_id)
    for add_reasons in (against_schema, one_per_key):
        frame = frame.hstack(add_reasons(table, frame))
    bad = any_flag(frame, WRONG)
    kept, wrong = frame.filter(~bad), frame.filter(bad).select(cs.starts_with(WRONG))
    counts = Counts(
        read=raw.height,
        kept=kept.height,
        repaired=int(any_flag(kept, MENDED).sum()),
        quarantined=wrong.height,
        reasons=_tally(wrong, WRONG),
        repairs=_tally(kept, MENDED),
    )
    return Admitted(kept.select(*SCHEMAS[table].columns()), _set_aside(table, raw.filter(bad), wrong), counts)


def _check_columns(table: str, raw: pl.DataFrame) -> None:
    if table not in SCHEMAS:
        raise ValueError(f"A market has no table {table!r}; it has {sorted(SCHEMAS)}.")
    allowed = columns_given(table)
    unknown = sorted(set(raw.columns) - allowed)
    if unknown:
        raise ValueError(f"Table {table} has no columns {unknown}; a reader may give {sorted(allowed)}.")


def columns_given(table: str) -> frozenset[str]:
    """The columns that a source may give for a table; `value` stands for its hash and display.

    >>> sorted(columns_given("known_values") & {"value", "value_hash", "display"})
    ['value']
    """
    columns = frozenset({*SCHEMAS[table].columns(), ZONE})
    return columns - {"value_hash", "display"} | {"value"} if "value_hash" in columns else columns


def _hashed(table: str, raw: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Replace `value` by its hash and masked display, and flag what is no value."""
    if "value_hash" not in SCHEMAS[table].columns():
        return raw
    given = raw.with_columns(
        (text(c, raw.schema[c]) if c in raw.columns else pl.lit(None, pl.String)).alias(c)
        for c in ("kind", "value")
    )
    hashed = pseudonymise(given, key)
    unknown = given["kind"].is_not_null() & ~given["kind"].is_in(list(KINDS))
    placeholder = hashed["value_hash"].is_null() & given["value"].is_not_null()
    return hashed.with_columns(
        unknown.alias(f"{WRONG}kind: not a known kind of identifier"),
        given["value"].is_null().alias(f"{WRONG}value: missing"),
        placeholder.alias(f"{WRONG}value: placeholder"),
    )


def _typed(table: str, raw: pl.DataFrame, batch_id: str) -> pl.DataFrame:
    """The contracted columns, and a column of flags for each thing wrong or mended."""
    read = _readings(table, raw)
    values = [r.value.alias(c) for c, r in read.items()]
    given = [r.given.alias(f"{_GIVEN}{c}") for c, r in read.items()]
    mended = [f.alias(f"{MENDED}{c}: {what}") for c, r in read.items() for what, f in r.repairs.items()]
    taken = raw.select(*values, *given, *mended, cs.starts_with(WRONG))
    wrong = [
        (pl.col(f"{_GIVEN}{c}") & pl.col(c).is_null()).alias(f"{WRONG}{c}: {r.wrong}")
        for c, r in read.items()
    ]
    frame = mend(table, taken.with_columns(wrong))
    flags = frame.select(cs.starts_with(WRONG, MENDED).fill_null(False))
    contracted = conform(table, frame.with_columns(pl.lit(batch_id).alias("batch_id"))).collect()
    return contracted.hstack([flag for flag in flags if flag.any()])


def _readings(table: str, raw: pl.DataFrame) -> dict[str, Reading]:
    zones = tuple(raw[ZONE].drop_nulls().unique().sort()) if ZONE in raw.columns else ()
    read = {
        c: reading(c, raw.schema[c], column.dtype, zones)
        for c, column in SCHEMAS[table].columns().items()
        if c in raw.columns and c not in PROVENANCE
    }
    source = [c for c in PROVENANCE if c in raw.columns]
    return read | {c: Reading(text(c, raw.schema[c]), pl.lit(False), "") for c in source}


def _tally(frame: pl.DataFrame, prefix: str) -> dict[str, int]:
    sums = frame.select(cs.starts_with(prefix).sum())
    return (
        {c.removeprefix(prefix): n for c, n in sorted(sums.row(0, named=True).items()) if n}
        if sums.width
        else {}
    )


def _set_aside(table: str, raw: pl.DataFrame, wrong: pl.DataFrame) -> pl.DataFrame:
    if raw.is_empty():
        return QUARANTINE.to_frame()
    reasons = [pl.when(c).then(pl.lit(c.removeprefix(WRONG))) for c in wrong.columns]
    listed = wrong.select(pl.concat_list(reasons).list.drop_nulls().alias("reasons"))
    texts = masked(raw.select(pl.all().cast(pl.String)))
    source = [pl.col(c) if c in raw.columns else pl.lit(None).alias(c) for c in PROVENANCE[1:]]
    row = pl.struct(pl.exclude(PROVENANCE[1:])).struct.json_encode().alias("raw")
    aside = texts.select(pl.lit(table).alias("table"), *source, row)
    return aside.with_columns(listed.to_series()).select(QUARANTINE.names()).cast(QUARANTINE)
