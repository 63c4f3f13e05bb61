"""Tables: a folder of CSV, Parquet or XLSX files and a mapping from their columns to ours.

The mapping is `mapping.toml` in the folder, or the file given; `suggest_mapping` drafts one. Its keys
are explained in `records.tabular.mapping.FileMapping`:

    timezone = "Asia/Shanghai"

    [[files]]
    file = "TENDER_LIST.csv"
    table = "bids"
    columns = { BID_SECTION_CODE = "tender_id", BIDDER_ORG_CODE = "bidder_id", BID_PRICE = "amount" }
    units = { BID_PRICE = "万元" }
    separators = { BIDDER_ORG_CODE = ";" }
    identifiers = { MAC_ADDRESS = "author_mac", BANK = "deposit_branch" }
    sequences = { BANK = "BANK_SERIAL" }
    constants = { currency = "CNY" }

What is assumed:

- A file named like one of our tables, with our column names, needs no mapping; `batch_id` is given anew.
  Identifiers bring their `value`: a hash made elsewhere has another key and equals nothing here.
- Text is UTF-8, with or without a mark, or GB 18030. Only the first sheet of a book is read, unless the
  mapping names another. Rows with a wrong number of fields and files that nothing maps are unreadable.
- Amounts in another unit are multiplied exactly, as decimals; a row whose unit is unknown is unreadable.
- Several firms in the bidder's field of a bid are a consortium; the first is the lead.
- Bids and awards without an id get `tender_id:bidder_id`.
- Identifier columns become rows of the long table that speak of the bid where the row names a tender,
  otherwise of the firm. Empty fields say nothing.
- A column of numbers in a series (`sequences`) goes with the identifier whose series it is: the number of a
  payment with its branch, of a guarantee with its issuer, of a certificate with its service point.
- Times without a zone were taken where the mapping says, otherwise in UTC.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from records.admit import columns_given
from records.fingerprint import BESIDE
from records.kinds import comes_with_bid
from records.source import UNREADABLE, BadInput, Raw, source
from records.tables import SCHEMAS
from records.tabular.files import ROW, SUFFIXES, data_files, read_table
from records.tabular.mapping import FileMapping, Mapping, load_mapping
from records.tabular.suggest import suggest_mapping
from records.tabular.units import in_main_units

__all__ = ["read", "suggest_mapping"]

_BUILT = {"bids": "bid_id", "awards": "award_id"}
_OF_IDENTIFIERS = ("bidder_id", "tender_id", "observed_at", "valid_from", "valid_to")


@source("tables", en="Folder of CSV, Parquet or XLSX tables with a mapping", zh="CSV、Parquet、XLSX 表格目录")
def read(path: Path, *, mapping: Path | None = None) -> Iterator[Raw]:
    """Read a folder (or one file), one chunk per file.

    Raises:
        BadInput: no table file, a wrong mapping, or a file that cannot be read.

    """
    files = data_files(path) if path.is_dir() else [path]
    folder = path if path.is_dir() else path.parent
    beside = Path(mapping or folder / BESIDE)
    rules = load_mapping(beside) if mapping or beside.exists() else Mapping([])
    known = {file.name for file in files}
    for rule in rules.files:
        if rule.file not in known and path.is_dir():
            raise BadInput(f"There is no file {rule.file!r}", str(beside), f"The folder has {sorted(known)}.")
    jobs = [(file, rule) for file in files for rule in _rules(file, rules)]
    if not jobs:
        raise BadInput(
            f"Nothing says what the files {sorted(known)} hold",
            str(path),
            f"Write a mapping.toml (bidlens import --suggest-mapping drafts one), or name files "
            f"({', '.join(SUFFIXES)}) and columns like our tables {sorted(SCHEMAS)}.",
        )
    yield from (_file(file, rule, rule.timezone or rules.timezone) for file, rule in jobs)
    mapped = {file.name for file, _ in jobs}
    for name in sorted(known - mapped):
        lost = pl.DataFrame([(name, None, "no mapping for this file", None)], UNREADABLE, orient="row")
        yield Raw({}, lost)


def _rules(file: Path, rules: Mapping) -> list[FileMapping]:
    """The mappings of a file; one of our own tables maps to itself."""
    stated = [rule for rule in rules.files if rule.file == file.name]
    if stated or file.stem not in SCHEMAS:
        return stated
    return [FileMapping(file.name, file.stem)]


def _file(path: Path, rule: FileMapping, timezone: str | None) -> Raw:
    rows, lost = read_table(path, rule.sheet)
    if not (rule.columns or rule.identifiers or rule.constants):
        return Raw({rule.table: _own(rows, path, rule.table)}, lost)
    _check_columns(rows, rule, path)
    priced, unpriced, repairs = in_main_units(rows, rule, path)
    named = _renamed(priced, rule, path, timezone)
    tables = {"identifiers": _traces(priced, named, rule)} if rule.identifiers else {}
    if rule.table == "bids" and "bidder_id" in rule.columns.values():
        named, members = _leads(named, rule)
        tables |= {"consortium_members": members} if members.height else {}
    if not (rule.table == "identifiers" and rule.identifiers):
        tables[rule.table] = named
    return Raw(tables, pl.concat([lost, unpriced]), repairs)


def _own(rows: pl.DataFrame, path: Path, table: str) -> pl.DataFrame:
    """A table that has our columns already."""
    known = columns_given(table)
    unknown = sorted(set(rows.columns) - known - {ROW})
    if unknown:
        raise BadInput(
            f"Table {table} has no columns {unknown}",
            str(path),
            f"A file may give {sorted(known)}; map other names in mapping.toml.",
        )
    here = {"source_table": pl.lit(path.name), "source_record": pl.format("row {}", ROW)}
    return rows.with_columns(e.alias(c) for c, e in here.items() if c not in rows.columns).drop(
        ROW, "batch_id", strict=False
    )


def _check_columns(rows: pl.DataFrame, rule: FileMapping, path: Path) -> None:
    told = [u[1:] for u in rule.units.values() if isinstance(u, str) and u.startswith("@")]
    missing = sorted({*rule.columns, *rule.identifiers, *rule.sequences.values(), *told} - set(rows.columns))
    if missing:
        raise BadInput(
            f"The file has no columns {missing}",
            str(path),
            f"It has {[c for c in rows.columns if c != ROW]}.",
        )


def _renamed(rows: pl.DataFrame, rule: FileMapping, path: Path, timezone: str | None) -> pl.DataFrame:
    """The rows under our column names."""
    renamed: dict[str, Any] = {
        ours: _translated(theirs, rule.values.get(theirs)) for theirs, ours in rule.columns.items()
    }
    constants = {c: pl.lit(v) for c, v in rule.constants.items()}
    zone = {"time_zone": pl.lit(timezone)} if timezone else {}
    origin = {"source_table": pl.lit(path.name), "source_record": pl.format("row {}", ROW)}
    frame = rows.select(**(origin | zone | renamed | constants))
    key = _BUILT.get(rule.table)
    if key and key not in frame.columns and {"tender_id", "bidder_id"} <= set(frame.columns):
        return frame.with_columns(pl.format("{}:{}", "tender_id", _lead(rule)).alias(key))
    return frame


def _translated(column: str, values: dict[str, str] | None) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_chars().replace(values) if values else pl.col(column)


def _firms(rule: FileMapping) -> pl.Expr:
    """The firms in the bidder's field."""
    theirs = next(theirs for theirs, ours in rule.columns.items() if ours == "bidder_id")
    return _split("bidder_id", rule.separators.get(theirs))


def _lead(rule: FileMapping) -> pl.Expr:
    return _firms(rule).list.first()


def _split(column: str, separator: str | None) -> pl.Expr:
    text = pl.col(column).cast(pl.String)
    parts = text.str.split(separator) if separator else pl.concat_list(text)
    return parts.list.eval(pl.element().str.strip_chars()).list.eval(
        pl.element().filter(pl.element() != "")
    )  # fmt: skip


def _leads(named: pl.DataFrame, rule: FileMapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Bids under their lead, and the members of joint bids."""
    split = named.with_columns(_firms(rule).alias("bidder_id"))
    bids = split.with_columns(pl.col("bidder_id").list.first())
    columns = ["bid_id", "bidder_id", "tender_id", "source_table", "source_record"]
    joint = split.filter(pl.col("bidder_id").list.len() > 1)
    members = joint.select(c for c in columns if c in joint.columns).explode("bidder_id")
    return bids, members.unique(maintain_order=True)


def _traces(rows: pl.DataFrame, named: pl.DataFrame, rule: FileMapping) -> pl.DataFrame:
    """Identifier columns melted to the long table; what came with the bid has the moment of the bid."""
    whose = named.select(c for c in (*_OF_IDENTIFIERS, "time_zone") if c in named.columns)
    whose = whose.with_columns(_lead(rule).alias("bidder_id"))
    with_bid = whose
    if "submitted_at" in named.columns and "observed_at" not in whose.columns:
        with_bid = whose.with_columns(named["submitted_at"].alias("observed_at"))
    origin = named.select("source_table", "source_record")
    melted = [
        pl.concat([with_bid if comes_with_bid(kind) else whose, origin, rows.select(
            _split(theirs, rule.separators.get(theirs)).alias("value"), _number(rule.sequences.get(theirs))
        )], how="horizontal").with_columns(pl.lit(kind).alias("kind"))
        for theirs, kind in rule.identifiers.items()
    ]  # fmt: skip
    return pl.concat(melted, how="diagonal").explode("value").drop_nulls("value")


def _number(column: str | None) -> pl.Expr:
    """The last run of digits, of which as many count as a whole number holds."""
    told = pl.col(column).cast(pl.String) if column else pl.lit(None, pl.String)
    return told.str.extract(r"(\d{1,18})\D*$").alias("sequence")
