"""Chunks on their way in: admitted rows wait on disk until the whole import has been read."""

from collections import Counter
from pathlib import Path

import polars as pl

from records.admit import QUARANTINE, Counts, admit
from records.merge import stored
from records.privacy import without_contacts
from records.source import Raw
from records.subnets import with_subnets

SUBNETS = "subnets of network addresses added"


class Staging:
    """Takes chunks as read; afterwards `frames` holds the rows to merge, table by table."""

    def __init__(self, folder: Path, batch_id: str, key: bytes) -> None:
        self.folder, self.batch_id, self._key = folder, batch_id, key
        self.counts: dict[str, Counts] = {}
        self.unreadable: Counter[str] = Counter()
        self.mended_by_reader: Counter[str] = Counter()
        self._parts: Counter[str] = Counter()

    def take(self, raw: Raw) -> None:
        """Admit one chunk."""
        for table, given in raw.tables.items():
            frame = with_subnets(given) if table == "identifiers" else given
            self.mended_by_reader.update({SUBNETS: n} if (n := frame.height - given.height) else {})
            admitted = admit(table, frame, batch_id=self.batch_id, key=self._key)
            self.counts[table] = self.counts.get(table, Counts()) + admitted.counts
            self._keep(table, admitted.good)
            self._keep("quarantine", admitted.quarantine)
        self.unreadable.update(raw.unreadable["reason"])
        self.mended_by_reader.update(raw.repairs)
        self._keep("quarantine", _no_row(raw.unreadable))

    def rows(self) -> int:
        """Rows read so far."""
        return sum(c.read for c in self.counts.values())

    def frame(self, table: str) -> pl.LazyFrame:
        """All rows staged for a table, in the order in which they were read."""
        return pl.scan_parquet([self._part(table, n) for n in range(self._parts[table])], glob=False)

    def __contains__(self, table: str) -> bool:
        return self._parts[table] > 0

    def _part(self, table: str, number: int) -> Path:
        return self.folder / f"{table}.{number:06}.parquet"

    def _keep(self, table: str, frame: pl.DataFrame) -> None:
        if not frame.is_empty():
            stored(frame.lazy()).sink_parquet(self._part(table, self._parts[table]))
            self._parts[table] += 1


def _no_row(unreadable: pl.DataFrame) -> pl.DataFrame:
    return unreadable.select(
        pl.lit(None).alias("table"),
        "source_table",
        "source_record",
        pl.concat_list("reason").alias("reasons"),
        without_contacts(pl.col("raw")).alias("raw"),
    ).cast(QUARANTINE)
