"""The record store: Delta Lake tables in a workspace, changed by whole imports or not at all."""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import msgspec
import polars as pl

from records.checks import findings
from records.erasure import Erased, erase, hash_of
from records.fingerprint import Fingerprint, fingerprint
from records.lake import Lake
from records.landing import BATCHES, SET_ASIDE, Progress, land, market_at
from records.privacy import load_key
from records.report import ImportReport
from records.source import BadInput, Raw, read
from records.staging import Staging
from records.tables import INSTANT, SCHEMAS, Market, conform
from records.workspace import FORMAT, Head, Snapshot, forget, locked, read_head, write_head

UNUSABLE = frozenset("[]|^%\\")
"""Characters in a path that Delta Lake cannot handle."""

HISTORY = pl.Schema({"version": pl.Int64(), "batch_id": pl.String(), "at": INSTANT, "tables": pl.String()})


def quiet(what: str, rows: int) -> None:
    """Tell nobody."""


class Store:
    """The records of a workspace. Readers see whole versions; one writer at a time makes the next.

    Raises:
        BadInput: the folder is no workspace.

    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._records = self.path / "records"
        self._lake = Lake(self._records)
        self._head_file = self._records / "head.json"
        self._standing: Head | None = None
        read_head(self._head_file)

    @classmethod
    def open_or_create(cls, path: Path | str) -> Self:
        """Open a workspace; make an empty one where there is none."""
        head = Path(path) / "records" / "head.json"
        if Path(path).exists() and not Path(path).is_dir():
            raise BadInput("A workspace is a folder, this is a file", str(path), "Name another path.")
        if odd := UNUSABLE & set(Path(path).resolve().as_posix()):
            raise BadInput(
                f"A table cannot lie below a name with {sorted(odd)}", str(path), "Name another path."
            )
        if not head.exists():
            write_head(head, Head(FORMAT, (Snapshot(0, None, datetime.now(UTC).isoformat(), {}),)))
        return cls(path)

    def as_it_stands(self) -> Self:
        """This store as it is now: readers of it do not see what is imported later."""
        still = copy(self)
        still._standing = self._head()
        return still

    @property
    def version(self) -> int:
        """The current version, 0 for an empty store."""
        return self._head().current.version

    def market(self, version: int | None = None) -> Market:
        """The records of a version, the current one by default; nothing is read until collected.

        Raises:
            ValueError: no such version.

        """
        return market_at(self._lake, self._head().at(version).tables)

    def table(self, name: str, version: int | None = None) -> pl.LazyFrame:
        """One table of a market, without making the others.

        Raises:
            ValueError: no such version.

        """
        tables = self._head().at(version).tables
        return conform(name, self._lake.scan(name, tables[name]) if name in tables else None)

    def files(self, version: int | None = None) -> dict[str, list[Path]]:
        """The files of each table of a version, for programs that read them by themselves.

        Raises:
            ValueError: no such version.

        """
        tables = self._head().at(version).tables
        return {t: self._lake.files(t, v) for t, v in tables.items() if t in SCHEMAS}

    def history(self) -> pl.DataFrame:
        """One row per version: `version, batch_id, at, tables` (Delta version by table, as JSON)."""
        rows = [
            (s.version, s.batch_id, datetime.fromisoformat(s.at), msgspec.json.encode(s.tables).decode())
            for s in self._head().snapshots
        ]
        return pl.DataFrame(rows, schema=HISTORY, orient="row")

    def batches(self) -> pl.DataFrame:
        """One row per import; `report` holds its counts as JSON."""
        return self._extra("batches", BATCHES)

    def quarantine(self) -> pl.DataFrame:
        """The rows that were set aside: `batch_id, table, source_table, source_record, reasons, raw`."""
        return self._extra("quarantine", SET_ASIDE)

    def findings(self) -> pl.DataFrame:
        """What looks wrong in the current records and was not mended, see `records.checks.findings`."""
        return findings(self.market())

    def import_(
        self, source_name: str, path: Path | str, *, progress: Progress = quiet, **options: Any
    ) -> ImportReport:
        """Read a file or folder with the named reader and merge it, all of it or nothing.

        The same content with the same options changes nothing a second time.

        Raises:
            BadInput: it cannot be read, or another process writes to the workspace.

        """
        chunks = read(source_name, Path(path), **options)
        return self._take(fingerprint(source_name, Path(path), options), str(path), chunks, progress)

    def take(
        self, source: str, chunks: Iterable[Raw], *, progress: Progress = quiet, **options: Any
    ) -> ImportReport:
        """Merge chunks that come from no file, such as a simulated market, all of them or nothing.

        `options` say what the chunks are: the same source and options change nothing a second time.

        Raises:
            BadInput: another process writes to the workspace.

        """
        return self._take(fingerprint(source, None, options), "", chunks, progress)

    def keep_versions(self, choose: Callable[[], Collection[int]]) -> tuple[list[int], int]:
        """Give up all versions but some and the current one, with the files that only they needed.

        `choose` says which, while nobody imports or copies the workspace. Returns the numbers that were
        given up, and how many files.

        Raises:
            Busy: another process writes to the workspace.

        """
        with self._writing() as (head, _):
            kept = head.keeping(choose())
            write_head(self._head_file, kept)
            self._lake.go_back_to(kept.current.tables)
            files = sum(self._lake.vacuum(name, {s.tables[name] for s in kept.snapshots if name in s.tables})
                        for name in kept.current.tables)  # fmt: skip
        return sorted({s.version for s in head.snapshots} - {s.version for s in kept.snapshots}), files

    def erase(self, kind: str, value: str) -> Erased:
        """Remove a personal value from all versions, wherever its keyed hash stands.

        Raises:
            BadInput: the kind is unknown or not personal, or the value only fills a place.
            Busy: another process writes to the workspace.

        """
        with self._writing() as (head, _):
            mark = hash_of(kind, value, load_key(self.path / "key"))
            self._lake.go_back_to(head.current.tables)
            forget(self.path)
            return erase(self._records, mark)

    def _take(self, mark: Fingerprint, path: str, chunks: Iterable[Raw], progress: Progress) -> ImportReport:
        with self._writing() as (head, scratch):
            blank = ImportReport(mark.batch_id, mark.source, path, mark.sha256, head.current.version)
            if mark.batch_id in head.batches:
                return replace(blank, already_imported=True)
            staging = Staging(scratch, mark.batch_id, load_key(self.path / "key"))
            for chunk in chunks:
                staging.take(chunk)
                progress("reading", staging.rows())
            return self._commit(head, staging, blank, mark.options, progress)

    def _head(self) -> Head:
        return self._standing or read_head(self._head_file)

    def _extra(self, table: str, schema: pl.Schema) -> pl.DataFrame:
        version = self._head().current.tables.get(table)
        return (
            schema.to_frame() if version is None else self._lake.scan(table, version).cast(schema).collect()
        )

    @contextmanager
    def _writing(self) -> Iterator[tuple[Head, Path]]:
        scratch = self._records / ".staging"
        with locked(self._records / "lock"):
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            try:
                yield read_head(self._head_file), scratch
            finally:
                shutil.rmtree(scratch, ignore_errors=True)

    def _commit(
        self, head: Head, staging: Staging, blank: ImportReport, options: str, progress: Progress
    ) -> ImportReport:
        """Write all tables, then the head; until then nobody sees any of it."""
        self._lake.go_back_to(head.current.tables)
        report, versions = land(self._lake, head.current.tables, staging, blank, options, progress)
        snapshot = Snapshot(report.version, report.batch_id, datetime.now(UTC).isoformat(), versions)
        write_head(self._head_file, Head(FORMAT, (*head.snapshots, snapshot), head.dropped))
        return report
