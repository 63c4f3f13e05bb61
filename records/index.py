"""Copies of the tables, sorted so that the rows of a few tenders or firms are found without reading all.

They are made from the records alone and can be thrown away at any time: a workspace without them, or one
whose records were imported since, gets what is missing when they are next asked for. What an import brought
lies beside the older rows in a segment of its own, and hides those that it corrected.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from records.segments import KEY, Segment, Segmented, found_in, scans_of, write_sorted
from records.store import Store
from records.tables import SCHEMAS, Market, conform
from records.workspace import INDEX

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "tenders": ("tender_id", "buyer_id"),
    "bids": ("tender_id", "bidder_id"),
    "consortium_members": ("tender_id", "bidder_id"),
    "identifiers": ("bidder_id", "tender_id", "value_hash"),
    "awards": ("tender_id", "bidder_id"),
    "payments": ("tender_id", "from_id"),
    "bidders": ("bidder_id",),
    **dict.fromkeys(("documents", "amendments", "panels", "expert_scores"), ("tender_id",)),
    **dict.fromkeys(("contracts", "subcontracts"), ("tender_id",)),
}
"""By which columns each table is sorted; what no slice reads is not."""

MOVABLE = tuple(
    name
    for name, schema in SCHEMAS.items()
    if "tender_id" in schema.columns() and "tender_id" not in (schema.primary_key() or ["tender_id"])
)
"""Tables of which a correction can move a row to another tender."""


class Index(Segmented[list[str]]):
    """Rows of a store as it stands by the values of a column."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, store.path / INDEX)
        self._market = self.store.market()

    def find(self, table: str, column: str, values: Iterable[str]) -> pl.DataFrame:
        """The rows of `table` whose `column` is one of the values.

        Raises:
            ValueError: the table is not sorted by that column.

        """
        rows = self._chosen(table, column, lambda rows: found_in(rows, column, values))
        return rows.collect(engine="streaming")

    def portion(self, table: str, column: str, which: pl.Expr) -> pl.LazyFrame:
        """A portion (`records.segments.portions`) of the rows of `table` with a value in a column."""
        return self._chosen(table, column, lambda rows: rows.filter(which).drop(KEY))

    def whole(self, table: str) -> pl.LazyFrame:
        """All rows of a table."""
        return self._market.to_dict()[table]

    def _chosen(
        self, table: str, column: str, choose: Callable[[pl.LazyFrame], pl.LazyFrame]
    ) -> pl.LazyFrame:
        if column not in COLUMNS.get(table, ()):
            raise ValueError(f"{table} is not sorted by {column!r}; {COLUMNS.get(table)} are.")
        parts = []
        for place, segment in enumerate(self.segments):
            rows = self._rows(segment, table, column)
            if rows is not None:
                parts.append(self._standing(conform(table, choose(rows)), table, place))
        return pl.concat(parts) if parts else SCHEMAS[table].create_empty().lazy()

    def _standing(self, rows: pl.LazyFrame, table: str, place: int) -> pl.LazyFrame:
        """Rows that no later segment corrects."""
        keys = SCHEMAS[table].primary_key()
        for segment in self.segments[place + 1 :] if keys else ():
            later = self._rows(segment, table, COLUMNS[table][0])
            if later is not None:
                rows = rows.join(later.select(keys), on=keys, how="anti")
        return rows

    def _rows(self, segment: Segment, table: str, column: str) -> pl.LazyFrame | None:
        return scans_of(self.folder / segment.name).get(f"{table}.{column}")

    def _changes(self, batches: list[str]) -> list[str]:
        return batches

    def _make(self, target: Path, changes: list[str] | None) -> None:
        for table, columns in COLUMNS.items():
            rows = self._market.to_dict()[table] if changes is None else changed(self._market, table, changes)
            n = rows.select(pl.len()).collect().item()
            for column in columns if n else ():
                write_sorted(rows, column, n, target, f"{table}.{column}")


def changed(market: Market, table: str, batches: Iterable[str]) -> pl.LazyFrame:
    """The rows of a table that some imports brought or corrected."""
    return market.to_dict()[table].filter(pl.col("batch_id").is_in(list(batches)))


def replaced(store: Store, batches: Sequence[str], tables: Iterable[str]) -> dict[str, pl.DataFrame] | None:
    """What rows of some tables said before some imports corrected them; tables without such are left out.

    None where the version before was given up, so that nobody can tell.
    """
    reports = store.batches().filter(pl.col("batch_id").is_in(list(batches)))
    told = [json.loads(report)["tables"] for report in reports["report"]]
    updated = [t for t in tables if any(of.get(t, {}).get("updated") for of in told)]
    if not updated:
        return {}
    version = min(reports["version"].to_list()) - 1
    if version not in store.history()["version"]:
        return None
    now, before = store.market(), store.market(version).to_dict()
    keys = {table: SCHEMAS[table].primary_key() for table in updated}
    return {
        t: before[t].join(changed(now, t, batches).select(keys[t]), on=keys[t], how="semi").collect()
        for t in updated
    }
