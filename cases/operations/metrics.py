"""The health of an installation as Prometheus text, for node_exporter's textfile collector."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry, Gauge, generate_latest, write_to_textfile

from cases.operations import release
from cases.operations.health import Check, State, healthy
from records.source import BadInput


class Metric(NamedTuple):
    """One gauge: its name, its meaning, and its values by label."""

    name: str
    meaning: str
    values: Sequence[tuple[Mapping[str, str], float]]


def metrics(found: list[Check]) -> Iterator[Metric]:
    """Every figure of the checks, in base units; moments as seconds since 1970."""
    told = {c.name: c.told for c in found}
    records, run = told["records"], told["run"]
    yield _one("bidlens_build_info", "Which bidlens this is.", 1, version=release())
    yield _one("bidlens_healthy", "Whether no check fails.", healthy(found))
    states = [({"check": c.name}, c.state != State.FAILING) for c in found]
    yield Metric("bidlens_check_ok", "Whether a check does not fail; what is not in use does not.", states)
    yield from _plain("bidlens_records_version", "Number of imports so far.", records, "version")
    rows = [({"table": name}, n) for name, n in records.get("rows", {}).items()]
    yield Metric("bidlens_records_rows", "Rows of a table.", rows)
    yield from _at("bidlens_last_import_timestamp_seconds", "Last import.", records, "last_import_at")
    yield from _at("bidlens_last_run_timestamp_seconds", "Start of the newest run.", run, "started_at")
    yield from _plain(
        "bidlens_imports_not_scored", "Imports since the newest run.", run, "imports_not_scored"
    )
    yield from _plain("bidlens_run_tenders", "Tenders of the newest run.", run, "tenders")
    alerts = [({"level": level}, n) for level, n in run.get("alerts", {}).items()]
    yield Metric("bidlens_run_alerts", "Alerts of the newest run.", alerts)
    yield from _plain("bidlens_audit_entries", "Entries of the audit log.", told["audit"], "entries")
    quarantine = told["quarantine"]
    yield from _plain("bidlens_quarantined_rows", "Rows ever set aside.", quarantine, "rows")
    yield from _plain(
        "bidlens_quarantined_ratio", "Share of the last import that was set aside.", quarantine,
        "last_import_share",
    )  # fmt: skip
    for name in ("free_bytes", "total_bytes"):
        yield from _plain(f"bidlens_disk_{name}", "Disk of the workspace.", told["disk"], name)


def text(found: list[Check]) -> str:
    """The metrics in Prometheus' text format."""
    return generate_latest(_registry(found)).decode()


def write(found: list[Check], path: str) -> None:
    """Write the metrics to a file in one step, so that a collector never reads half of them.

    Raises:
        BadInput: the file cannot be written.

    """
    try:
        write_to_textfile(path, _registry(found))
    except OSError as problem:
        raise BadInput(
            f"The metrics cannot be written: {problem.strerror}", path,
            "Name a file in a folder that is there and has room, and let this account write there.",
        ) from None  # fmt: skip


def _registry(found: list[Check]) -> CollectorRegistry:
    registry = CollectorRegistry()
    for name, meaning, values in metrics(found):
        if values:
            gauge = Gauge(name, meaning, list(values[0][0]), registry=registry)
            for labels, value in values:
                (gauge.labels(**labels) if labels else gauge).set(value)
    return registry


def _one(name: str, meaning: str, value: float, **labels: str) -> Metric:
    return Metric(name, meaning, [(labels, value)])


def _plain(name: str, meaning: str, told: Mapping[str, Any], key: str) -> Iterator[Metric]:
    if key in told:
        yield _one(name, meaning, told[key])


def _at(name: str, meaning: str, told: Mapping[str, Any], key: str) -> Iterator[Metric]:
    if key in told:
        yield _one(name, meaning, datetime.fromisoformat(told[key]).timestamp())
