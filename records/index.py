"""Copies of the tables, sorted so that the rows of a few tenders or firms are found without reading all.

They are made from the records alone and can be thrown away at any time: a workspace without them, or one
whose records were imported since, gets what is missing when they are next asked for. What an import brought
lies beside the older rows in a segment of its own, and hides those that it corrected.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from records.segments import ROW_GROUP, Segment, Segmented, scans_of
from records.store import Store
from records.tables import SCHEMAS, Market, conform
from records.workspace import INDEX

PORTION = 3_000_000
"""Rows that are sorted at once."""

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

_KEY = "_key"


class Index(Segmented):
    """Rows of a store's current version by the values of a column."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, store.path / INDEX)
        self._market = store.market()

    def find(self, table: str, column: str, values: Iterable[str]) -> pl.DataFrame:
        """The rows of `table` whose `column` is one of the values.

        Raises:
            ValueError: the table is not sorted by that column.

        """
        if column not in COLUMNS.get(table, ()):
            raise ValueError(f"{table} is not sorted by {column!r}; {COLUMNS.get(table)} are.")
        wanted = pl.Series(column, sorted(set(values)), pl.String)
        key = pl.col(_KEY).is_in(wanted.hash().to_list()) & pl.col(column).is_in(wanted.to_list())
        parts = [
            self._standing(conform(table, rows.filter(key).drop(_KEY)), table, place)
            for place, segment in enumerate(self.segments)
            if (rows := self._rows(segment, table, column)) is not None
        ]
        return pl.concat(parts).collect(engine="streaming") if parts else SCHEMAS[table].create_empty()

    def whole(self, table: str) -> pl.LazyFrame:
        """All rows of a table."""
        return self._market.to_dict()[table]

    def _standing(self, rows: pl.LazyFrame, table: str, place: int) -> pl.LazyFrame:
        """Rows that no later segment corrects."""
        keys = SCHEMAS[table].primary_key()
        for segment in self.segments[place + 1 :] if keys else ():
            later = self._rows(segment, table, COLUMNS[table][0])
            if later is not None:
                rows = rows.join(later.select(keys), on=keys, how="anti")
        return rows

    def _rows(self, segment: Segment, table: str, column: str) -> pl.LazyFrame | None:
        return scans_of(self.folder / str(segment.version)).get(f"{table}.{column}")

    def _make(self, target: Path, changes: list[str] | None) -> None:
        for table, columns in COLUMNS.items():
            rows = self._market.to_dict()[table] if changes is None else changed(self._market, table, changes)
            n = rows.select(pl.len()).collect().item()
            for column in columns if n else ():
                _sorted(rows, column, n, target, table)


def changed(market: Market, table: str, batches: Iterable[str]) -> pl.LazyFrame:
    """The rows of a table that some imports brought or corrected."""
    return market.to_dict()[table].filter(pl.col("batch_id").is_in(list(batches)))


def _sorted(rows: pl.LazyFrame, column: str, n: int, target: Path, table: str) -> None:
    """Write rows sorted by the hash of a column, a portion of all hashes at a time."""
    portions = n // PORTION + 1
    share = 2**64 // portions + 1
    marked = rows.filter(pl.col(column).is_not_null()).with_columns(pl.col(column).hash().alias(_KEY))
    for portion in range(portions):
        some = marked.filter(pl.col(_KEY) // pl.lit(share, pl.UInt64) == portion) if portions > 1 else marked
        some.sort(_KEY).sink_parquet(
            target / f"{table}.{column}.{portion:03}.parquet", row_group_size=ROW_GROUP, compression="zstd"
        )
