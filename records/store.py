"""The record store: Delta Lake tables in a workspace, changed by whole imports or not at all."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import msgspec
import polars as pl

from records.admit import QUARANTINE
from records.checks import LOOK_ALIKE, UNIT_SLIP, findings, orphans
from records.fingerprint import fingerprint
from records.lake import Lake
from records.merge import Change
from records.privacy import load_key
from records.report import Finding, ImportReport, TableReport
from records.source import BadInput, read
from records.staging import Staging
from records.tables import INSTANT, SCHEMAS, Market, market_of
from records.workspace import Head, Snapshot, locked, read_head, write_head

Progress = Callable[[str, int], None]
"""Told what is being done and the number of rows so far."""

EXAMPLES = 20
BATCHES = pl.Schema(
    {
        "batch_id": pl.String(),
        "source": pl.String(),
        "path": pl.String(),
        "sha256": pl.String(),
        "options": pl.String(),
        "imported_at": INSTANT,
        "version": pl.Int64(),
        "report": pl.String(),
    }
)
HISTORY = pl.Schema({"version": pl.Int64(), "batch_id": pl.String(), "at": INSTANT, "tables": pl.String()})
_QUARANTINE = pl.Schema({"batch_id": pl.String()} | dict(QUARANTINE))


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
        read_head(self._head_file)

    @classmethod
    def open_or_create(cls, path: Path | str) -> Self:
        """Open a workspace; make an empty one where there is none."""
        head = Path(path) / "records" / "head.json"
        if Path(path).exists() and not Path(path).is_dir():
            raise BadInput("A workspace is a folder, this is a file", str(path), "Name another path.")
        if not head.exists():
            write_head(head, Head(1, (Snapshot(0, None, _now().isoformat(), {}),)))
        return cls(path)

    @property
    def version(self) -> int:
        """The current version, 0 for an empty store."""
        return self._head().current.version

    def market(self, version: int | None = None) -> Market:
        """The records of a version, the current one by default; nothing is read until collected.

        Raises:
            ValueError: no such version.

        """
        return self._market(self._head().at(version).tables)

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
        return self._extra("quarantine", _QUARANTINE)

    def findings(self) -> pl.DataFrame:
        """What looks wrong in the current records and was not mended: `table, record, code, what`."""
        return findings(self.market())

    def import_(
        self, source_name: str, path: Path | str, *, progress: Progress | None = None, **options: Any
    ) -> ImportReport:
        """Read a file or folder with the named reader and merge it, all of it or nothing.

        The same content with the same options changes nothing a second time.

        Raises:
            BadInput: it cannot be read, or another process writes to the workspace.

        """
        chunks = read(source_name, Path(path), **options)
        mark = fingerprint(source_name, Path(path), options)
        blank = ImportReport(mark.batch_id, source_name, str(path), mark.sha256, self.version)
        with self._writing() as (head, scratch):
            if mark.batch_id in {s.batch_id for s in head.snapshots}:
                return replace(blank, version=head.current.version, already_imported=True)
            staging = Staging(scratch, mark.batch_id, load_key(self.path / "key"))
            for chunk in chunks:
                staging.take(chunk)
                _tell(progress, "reading", staging.rows())
            return self._commit(head, staging, blank, mark.options, progress)

    def write(
        self,
        frames: Mapping[str, pl.DataFrame | pl.LazyFrame],
        source: str,
        *,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Merge frames that already keep the contract, such as a simulated market.

        Absent columns are null, `batch_id` is set here. Frames that say nothing new make no version.

        Raises:
            ValueError: no such table, or rows that break its contract; nothing was written.

        """
        with self._writing() as (head, scratch):
            batch_id = f"{source}-{head.current.version + 1}"
            staging = Staging(scratch, batch_id, b"")
            for table, frame in frames.items():
                staging.trust(table, frame)
            blank = ImportReport(batch_id, source, "", "", head.current.version)
            return self._commit(head, staging, blank, "{}", progress)

    def _head(self) -> Head:
        return read_head(self._head_file)

    def _market(self, tables: Mapping[str, int]) -> Market:
        return market_of(**{t: self._lake.scan(t, v) for t, v in tables.items() if t in SCHEMAS})

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
                yield self._head(), scratch
            finally:
                shutil.rmtree(scratch, ignore_errors=True)

    def _commit(
        self, head: Head, staging: Staging, blank: ImportReport, options: str, progress: Progress | None
    ) -> ImportReport:
        """Write all tables, then the head; until then nobody sees any of it."""
        self._lake.go_back_to(head.current.tables)
        versions, reports = dict(head.current.tables), {}
        for table, counts in staging.counts.items():
            _tell(progress, f"writing {table}", counts.kept)
            change = Change(versions.get(table))
            if table in staging:
                change = self._lake.merge(table, staging.frame(table), change.version, staging.folder)
            reports[table] = TableReport.of(counts, change)
            versions |= {} if change.version is None else {table: change.version}
        report = replace(blank, tables=reports, unreadable=dict(staging.unreadable))
        if not blank.sha256 and not report.changed:
            return report
        _tell(progress, "checking", staging.rows())
        report = _checked(replace(report, version=head.current.version + 1), self._market(versions))
        versions |= self._append_extras(staging, report, options)
        snapshot = Snapshot(report.version, report.batch_id, _now().isoformat(), versions)
        write_head(self._head_file, Head(1, (*head.snapshots, snapshot)))
        return report

    def _append_extras(self, staging: Staging, report: ImportReport, options: str) -> dict[str, int]:
        row = (
            report.batch_id, report.source, report.path, report.sha256, options, _now(), report.version,
            msgspec.json.encode(report.to_dict()).decode(),
        )  # fmt: skip
        extras = {"batches": pl.DataFrame([row], schema=BATCHES, orient="row").lazy()}
        if "quarantine" in staging:
            marked = staging.frame("quarantine").with_columns(pl.lit(report.batch_id).alias("batch_id"))
            extras["quarantine"] = marked.select(_QUARANTINE.names())
        return {table: self._lake.append(table, frame) for table, frame in extras.items()}


def _checked(report: ImportReport, market: Market) -> ImportReport:
    found = findings(market, report.batch_id)
    some = found.head(EXAMPLES).select("table", "record", "what").rows()
    counts = {code: found.filter(pl.col("code") == code).height for code in (UNIT_SLIP, LOOK_ALIKE)}
    return replace(
        report,
        unit_slips=counts[UNIT_SLIP],
        look_alikes=counts[LOOK_ALIKE],
        examples=tuple(Finding(*row) for row in some),
        orphans=orphans(market),
    )


def _tell(progress: Progress | None, what: str, rows: int) -> None:
    if progress is not None:
        progress(what, rows)


def _now() -> datetime:
    return datetime.now(UTC)
