"""The queue as files that other programs open: CSV, XLSX, and the national table 402.

Rows come from the desk where it has alerts, with what people did, otherwise from the run.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import polars as pl
from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session

from cases.alerting_info import Unit, write_402
from cases.audit import append
from cases.database import reading, writing
from cases.package.words import Words
from cases.roles import ALLOWED, May, Role, require
from cases.tables import Alert
from cases.tabular import workbook, write_csv
from detect.kept import Run
from detect.rule import Level
from features.catalogue import Grain

CHUNK = 5_000
"""Rows that are held at once."""

COLUMNS = (
    "grain", "subject_id", "title", "level", "state", "reason", "owner", "due_at", "raised_at",
    "first_action_at", "closed_at", "determination", "rule_ids", "attention", "worth", "score", "place",
    "buyer_name", "region", "category", "mechanism", "estimate", "currency", "deadline_at", "n_bids",
    "n_tenders", "n_not_evaluable", "run_id",
)  # fmt: skip
"""What an export tells of an alert."""

_TYPES = pl.Schema(
    {
        **dict.fromkeys(COLUMNS, pl.String()),
        **dict.fromkeys(("attention", "worth", "score", "estimate"), pl.Float64()),
        **dict.fromkeys(("n_bids", "n_tenders", "n_not_evaluable"), pl.Int64()),
        **dict.fromkeys(
            ("due_at", "raised_at", "first_action_at", "closed_at", "deadline_at"), pl.Datetime("us", "UTC")
        ),
        "level": pl.Int64(),
        "rule_ids": pl.List(pl.String()),
    }
)
_CODED = {"grain": "one", "state": "state", "reason": "ground", "mechanism": "mechanism", "place": "place"}
"""Columns of codes, and the section of words that they are called by."""

_LEVELS = {0: "none", **{level.value: level.name for level in Level}}


def of_desk(session: Session, asked: Select[tuple[Alert]] | None = None) -> Iterator[pl.DataFrame]:
    """Alerts of the desk in chunks: all of them, the worst first, or what a query asks for."""
    query = asked if asked is not None else select(Alert).order_by(
        Alert.level.desc(), Alert.attention.desc(), Alert.id
    )  # fmt: skip
    columns = query.with_only_columns(*(getattr(Alert, c) for c in COLUMNS))
    found = session.execute(columns.execution_options(yield_per=CHUNK))
    for rows in found.partitions(CHUNK):
        yield pl.DataFrame([tuple(r) for r in rows], _TYPES, orient="row")


def of_run(run: Run) -> Iterator[pl.DataFrame]:
    """Alerts of a run, tenders before parties, the worst first; nobody has worked on them yet."""
    started = datetime.fromisoformat(run.manifest["started_at"])
    tenders = run.alerts.with_columns(grain=pl.lit("tender"), subject_id="tender_id")
    parties = run.party_alerts.with_columns(subject_id="party_id", deadline_at="last_deadline")
    for frame in (tenders, parties):
        told = frame.with_columns(
            raised_at=pl.lit(started.astimezone(UTC)), run_id=pl.lit(run.run_id), state=pl.lit("new")
        )
        absent = [pl.lit(None, _TYPES[c]).alias(c) for c in COLUMNS if c not in told.columns]
        same = told.with_columns(absent).select(pl.col(c).cast(t) for c, t in _TYPES.items())
        yield from same.iter_slices(CHUNK)


def write_queue_csv(chunks: Iterator[pl.DataFrame], file: IO[bytes], lang: str, zone: str = "UTC") -> int:
    """Write alerts as CSV (UTF-8 with a mark, text in quotes); gives back the rows."""
    w = Words(lang)
    return write_csv((_worded(c, w) for c in chunks), [w.column(c) for c in COLUMNS], file, zone)


def write_queue_xlsx(
    chunks: Iterator[pl.DataFrame], file: IO[bytes], lang: str, at: datetime, zone: str = "UTC"
) -> int:
    """Write alerts as an xlsx workbook that says it was made at `at`; gives back the rows."""
    w = Words(lang)
    labels: Sequence[str] = [w.column(c) for c in COLUMNS]
    with workbook(file, at, streamed=True) as book:
        rows = book.sheet(w("sheet.alerts"), labels, (_worded(c, w) for c in chunks), zone)
        book.note(w("sheet.about"), [w("report.caution"), w("report.zone", zone=zone)])
    return rows


def _worded(chunk: pl.DataFrame, w: Words) -> pl.DataFrame:
    """Codes as words; those that have none stay."""
    codes = {
        name: {code: w.of(section, code) for code in chunk[name].drop_nulls().unique()}
        for name, section in _CODED.items()
    }
    levels = {number: w(f"level.{name}") for number, name in _LEVELS.items()}
    return chunk.with_columns(
        pl.col("level").replace_strict(levels, default=None, return_dtype=pl.String),
        *(pl.col(name).replace(of) for name, of in codes.items()),
    )


def export(
    output: Path,
    form: str,
    run: Run,
    engine: Engine | None,
    *,
    lang: str = "en",
    zone: str = "UTC",
    role: Role = Role.SUPERVISOR,
    unit: Unit | None = None,
    actor: str = "",
    unopened: Sequence[str] = (),
) -> int:
    """Write all alerts to a file as `csv`, `xlsx` or `402`, in one step, and tell the log; gives the rows.

    They come from the desk (`engine`) where it has any, otherwise from the run. Tenders that are still
    `unopened` are told of only to those who may see their bids.

    Raises:
        Refused: the role may not export.

    """
    require(role, May.EXPORT)
    draft = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file, _source(run, engine) as chunks:
            told = chunks if May.SEE_SEALED in ALLOWED[role] else (_opened(c, unopened) for c in chunks)
            rows = _write(form, told, file, run, lang, zone, unit or Unit())
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
    if engine is not None:
        with writing(engine) as session:
            append(session, actor, "queue.export", output.name, format=form, rows=rows, run=run.run_id)
    return rows


def _opened(chunk: pl.DataFrame, unopened: Sequence[str]) -> pl.DataFrame:
    """The alerts without those whose being here tells of bids that nobody may know of yet."""
    of_tender = pl.col("grain") == Grain.TENDER.value
    return chunk.filter(~(of_tender & pl.col("subject_id").is_in(list(unopened))))


@contextmanager
def _source(run: Run, engine: Engine | None) -> Iterator[Iterator[pl.DataFrame]]:
    if engine is None:
        yield of_run(run)
        return
    with reading(engine) as session:
        posted = session.scalar(select(Alert.id).limit(1)) is not None
        yield of_desk(session) if posted else of_run(run)


def _write(
    form: str, chunks: Iterator[pl.DataFrame], file: IO[bytes], run: Run, lang: str, zone: str, unit: Unit
) -> int:
    if form == "402":
        return write_402(chunks, file, unit)
    if form == "xlsx":
        at = datetime.fromisoformat(run.manifest["started_at"])
        return write_queue_xlsx(chunks, file, lang, at, zone)
    return write_queue_csv(chunks, file, lang, zone)
