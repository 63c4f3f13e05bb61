"""Landing staged rows in the tables, with everything that an import leaves on record about itself."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import polars as pl

from records.admit import QUARANTINE
from records.checks import LOOK_ALIKE, MIXED_SCALE, UNIT_SLIP, findings, orphans
from records.lake import Lake
from records.merge import Change
from records.report import Finding, ImportReport, TableReport
from records.staging import Staging
from records.tables import INSTANT, SCHEMAS, Market, market_of

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
SET_ASIDE = pl.Schema({"batch_id": pl.String()} | dict(QUARANTINE))


def land(
    lake: Lake,
    current: Mapping[str, int],
    staging: Staging,
    blank: ImportReport,
    options: str,
    progress: Progress,
) -> tuple[ImportReport, dict[str, int]]:
    """Merge what is staged into tables that stand at `current`; the report and the new versions.

    `blank` is the report so far, at the version before.
    """
    versions, reports = dict(current), {}
    for table, counts in staging.counts.items():
        progress(f"writing {table}", counts.kept)
        change = Change(versions.get(table))
        if table in staging:
            change = lake.merge(table, staging.frame(table), change.version, staging.folder)
        reports[table] = TableReport.of(counts, change)
        versions |= {} if change.version is None else {table: change.version}
    progress("checking", staging.rows())
    report = replace(
        blank,
        version=blank.version + 1,
        tables=reports,
        unreadable=dict(staging.unreadable),
        mended_by_reader=dict(staging.mended_by_reader),
    )
    report = _checked(report, market_at(lake, versions))
    return report, versions | _on_record(lake, staging, report, options)


def market_at(lake: Lake, versions: Mapping[str, int]) -> Market:
    """The market of these table versions, lazily."""
    return market_of(**{t: lake.scan(t, v) for t, v in versions.items() if t in SCHEMAS})


def _checked(report: ImportReport, market: Market) -> ImportReport:
    found = findings(market, report.batch_id)
    some = found.head(EXAMPLES).select("table", "record", "what").rows()
    counts = {
        code: found.filter(pl.col("code") == code).height for code in (UNIT_SLIP, MIXED_SCALE, LOOK_ALIKE)
    }
    return replace(
        report,
        unit_slips=counts[UNIT_SLIP],
        mixed_scales=counts[MIXED_SCALE],
        look_alikes=counts[LOOK_ALIKE],
        examples=tuple(Finding(*row) for row in some),
        orphans=orphans(market),
    )


def _on_record(lake: Lake, staging: Staging, report: ImportReport, options: str) -> dict[str, int]:
    """Add the batch and the rows set aside."""
    row = (
        report.batch_id, report.source, report.path, report.sha256, options, datetime.now(UTC),
        report.version, msgspec.json.encode(report.to_dict()).decode(),
    )  # fmt: skip
    extras = {"batches": pl.DataFrame([row], schema=BATCHES, orient="row").lazy()}
    if "quarantine" in staging:
        marked = staging.frame("quarantine").with_columns(pl.lit(report.batch_id).alias("batch_id"))
        extras["quarantine"] = marked.select(SET_ASIDE.names())
    return {table: lake.append(table, frame) for table, frame in extras.items()}
