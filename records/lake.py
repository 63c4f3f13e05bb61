"""The folder of Delta tables: reading versions, adding rows, and undoing what never became current."""

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from records.merge import Change, files_at, rows_at, upsert


class Lake:
    """Delta tables in a folder. Versions are named by the caller: what it does not name is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def scan(self, table: str, version: int) -> pl.LazyFrame:
        """One version of a table."""
        return rows_at(self.folder / table, version)

    def files(self, table: str, version: int) -> list[Path]:
        """The files that make up one version of a table."""
        return files_at(self.folder / table, version)

    def merge(self, table: str, rows: pl.LazyFrame, version: int | None, scratch: Path) -> Change:
        """Merge rows by key into a table that stands at `version`."""
        return upsert(self.folder / table, table, rows, version, scratch)

    def append(self, table: str, rows: pl.LazyFrame) -> int:
        """Add rows and tell the table's new version."""
        rows.sink_delta(str(self.folder / table), mode="append")
        return DeltaTable(self.folder / table).version()

    def vacuum(self, table: str, versions: Collection[int]) -> int:
        """Remove the files that none of these versions needs, and tell how many."""
        folder = DeltaTable(self.folder / table)
        gone = folder.vacuum(
            0, dry_run=False, enforce_retention_duration=False, full=True, keep_versions=sorted(versions)
        )
        return len(gone)

    def go_back_to(self, versions: Mapping[str, int]) -> None:
        """Undo what an import that was interrupted has left in the tables."""
        for folder in [p for p in self.folder.iterdir() if (p / "_delta_log").exists()]:
            version = versions.get(folder.name)
            if version is None:
                shutil.rmtree(folder)
            elif DeltaTable(folder).version() != version:
                DeltaTable(folder).restore(version)
