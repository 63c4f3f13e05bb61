"""Merging admitted rows into a Delta table by primary key."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
from deltalake import DeltaTable, WriterProperties

from records.breaches import key_of, values_of
from records.tables import SCHEMAS, conform


@dataclass(frozen=True)
class Change:
    """What merging did to a table; `version` is its Delta version, None where it has no rows yet.

    Admitted rows = inserted + updated + unchanged + repeated. Repeated rows share their key with a
    later row of the same import.
    """

    version: int | None
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0


def rows_at(folder: Path, version: int) -> pl.LazyFrame:
    """One version of a table, lazily.

    The files are named here because `polars.scan_delta` (2.1) finds none below a folder whose name
    has a blank or a letter beyond ASCII. Tables have no partitions and no deletion vectors. Files
    written before the contract had a column know nothing of it.
    """
    files = pl.DataFrame(DeltaTable(str(folder), version=version).get_add_actions(flatten=True))
    alike: dict[tuple[str, ...], list[Path]] = {}
    for path in (folder / name for name in files["path"]):
        alike.setdefault(tuple(pl.read_parquet_schema(path)), []).append(path)
    return pl.concat([pl.scan_parquet(paths, glob=False) for paths in alike.values()], how="diagonal")


def stored(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Columns as Delta Lake can hold them: enumerations as their names."""
    enums = [c for c, t in frame.collect_schema().items() if isinstance(t, pl.Enum)]
    return frame.cast(dict.fromkeys(enums, pl.String))


def upsert(folder: Path, table: str, admitted: pl.LazyFrame, version: int | None, scratch: Path) -> Change:
    """Merge rows into `folder`, which stands at `version`; None when it does not exist.

    A row whose key is known replaces the values that it gives: null means "not told" and erases
    nothing. Rows without a key are added unless the same values are there. Rows that say nothing
    new leave the table untouched.
    """
    latest = _one_per_key(table, admitted, scratch)
    total = _count(latest)
    repeated = _count(admitted) - total
    if version is None:
        return Change(_write(folder, latest, None, []), inserted=total, repeated=repeated)
    existing = stored(conform(table, rows_at(folder, version)))
    new, changed = _compare(table, latest, existing, scratch)
    inserted, updated = _count(new), _count(changed)
    if inserted + updated:
        version = _write(folder, new, changed, key_of(table))
    return Change(version, inserted, updated, total - inserted - updated, repeated)


def _one_per_key(table: str, admitted: pl.LazyFrame, scratch: Path) -> pl.LazyFrame:
    """Rows that share a key become one: of each column, the last value that is not null."""
    keys = key_of(table)
    if not SCHEMAS[table].primary_key():
        return _distinct(table, admitted, scratch)
    seen = admitted.group_by(keys).len().filter(pl.col("len") > 1).select(keys)
    several = seen.collect(engine="streaming")
    if several.is_empty():
        return admitted
    again = admitted.join(several.lazy(), on=keys, how="semi").collect()
    one = again.group_by(keys, maintain_order=True).agg(pl.all().drop_nulls().last())
    once = admitted.join(several.lazy(), on=keys, how="anti")
    return _park(
        pl.concat([once, one.lazy().select(once.collect_schema().names())]), scratch, f"{table}-distinct"
    )


def _distinct(table: str, admitted: pl.LazyFrame, scratch: Path) -> pl.LazyFrame:
    """Equal rows once. Only rows whose hashes meet are compared, so that memory stays bounded."""
    keys = key_of(table)
    mark = pl.struct(keys).hash()
    met = admitted.select(mark.alias("mark")).group_by("mark").len().filter(pl.col("len") > 1).select("mark")
    several = met.collect(engine="streaming")
    if several.is_empty():
        return admitted
    marked = admitted.with_columns(mark.alias("mark"))
    again = marked.join(several.lazy(), on="mark", how="semi").unique(subset=keys)
    once = marked.join(several.lazy(), on="mark", how="anti")
    return _park(pl.concat([once, again]).drop("mark"), scratch, f"{table}-distinct")


def _compare(
    table: str, latest: pl.LazyFrame, existing: pl.LazyFrame, scratch: Path
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The rows that the table does not have, and those that it has with other values."""
    keys = key_of(table)
    if not SCHEMAS[table].primary_key():
        new = latest.join(existing, on=keys, how="anti", nulls_equal=True)
        return _park(new, scratch, f"{table}-new"), latest.clear()
    told = [c for c in values_of(table) if c not in keys]
    old = existing.select(*keys, *(pl.col(c).alias(f"{c} before") for c in told), pl.lit(True).alias("known"))
    joined = latest.join(old, on=keys, how="left")
    differs = pl.any_horizontal(
        pl.lit(False), *(pl.col(c).is_not_null() & pl.col(c).ne_missing(pl.col(f"{c} before")) for c in told)
    )
    columns = latest.collect_schema().names()
    new = joined.filter(pl.col("known").is_null()).select(columns)
    changed = joined.filter(pl.col("known") & differs).with_columns(
        pl.coalesce(c, f"{c} before").alias(c) for c in told
    )
    return _park(new, scratch, f"{table}-new"), _park(changed.select(columns), scratch, f"{table}-changed")


TOGETHER = 50_000
"""Rows of a file that are read together: whoever asks for one tender or firm skips the other groups."""

_WRITING = {
    "schema_mode": "merge",
    "writer_properties": WriterProperties(compression="SNAPPY", max_row_group_size=TOGETHER),
}
"""A table that was made before a column existed gets it; its rows know nothing of it."""


def _write(folder: Path, new: pl.LazyFrame, changed: pl.LazyFrame | None, keys: list[str]) -> int | None:
    if _count(new):
        new.sink_delta(str(folder), mode="append", delta_write_options=_WRITING)
    if changed is not None and _count(changed):
        same = " AND ".join(f"target.{k} = source.{k}" for k in keys)
        options = {
            "predicate": same, "source_alias": "source", "target_alias": "target", "merge_schema": True,
        }  # fmt: skip
        rows = changed.collect()
        merger = rows.write_delta(str(folder), mode="merge", delta_merge_options=options)
        merger.when_matched_update_all().execute()
    return DeltaTable(folder).version() if DeltaTable.is_deltatable(str(folder)) else None


def _count(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect().item())


def _park(frame: pl.LazyFrame, scratch: Path, name: str) -> pl.LazyFrame:
    """Compute once, to disk, so that memory stays bounded and counting is free."""
    path = scratch / f"{name}.parquet"
    frame.sink_parquet(path)
    return pl.scan_parquet(path, glob=False)
