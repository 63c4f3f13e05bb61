"""The spreadsheet of raw values: bids, shared values, findings, and what else the report shows cut."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from cases.package.context import not_checked
from cases.package.handling import told
from cases.package.material import Material, shown_to_all
from cases.package.words import Words
from cases.tabular import workbook
from detect.explanation import Party
from records.kinds import KINDS
from records.visible import UNSEEN


def sheets(m: Material) -> bytes:
    """An xlsx workbook; the same case gives the same bytes."""
    w, kept = Words(m.lang), io.BytesIO()
    notes = [
        w("report.title"), w("report.case", id=shown_to_all(m.subject_id, m.hidden)),
        w("report.run", run=m.manifest["run_id"]), w("report.caution"), w("sheet.about_text"),
        w("report.zone", zone=m.zone), w("evidence.masked"),
    ]  # fmt: skip
    with workbook(kept, datetime.fromisoformat(m.manifest["started_at"])) as book:
        book.note(w("sheet.about"), notes)
        for name, frame in _frames(m, w).items():
            if not frame.is_empty():
                labels = [w.column(c) for c in frame.columns]
                book.sheet(w(f"sheet.{name}"), labels, [frame], m.zone)
    return kept.getvalue()


def _frames(m: Material, w: Words) -> dict[str, pl.DataFrame]:
    return {
        "findings": _findings(m, w),
        "values": _values(m, w),
        "facts": _facts(m, w),
        "bids": m.bids,
        "exclusions": _exclusions(m),
        "not_checked": _frame(("rule_id", "title", "missing"), not_checked(m, w), m),
        "relations": _relations(m, w),
        "tenders": m.story.tenders if isinstance(m.story, Party) else pl.DataFrame(),
        "sources": m.sources,
        "events": _events(m, w),
    }


def _frame(columns: Sequence[str], rows: Sequence[Sequence[Any]], m: Material) -> pl.DataFrame:
    shown = [[_utf8(v) for v in shown_to_all(list(row), m.hidden)] for row in rows]
    return pl.DataFrame(shown, list(columns), orient="row", infer_schema_length=None, strict=False)


def _utf8(value: Any) -> Any:
    """Half a character is no text that a frame can hold."""
    return UNSEEN.sub("\ufffd", value) if isinstance(value, str) and not value.isascii() else value


def _facts(m: Material, w: Words) -> pl.DataFrame:
    called = {k.name: k.zh if w.lang == "zh" else k.en for k in KINDS.values()}
    return m.facts.with_columns(pl.col("kind", "kind_b").replace(called))


def _findings(m: Material, w: Words) -> pl.DataFrame:
    rows = [
        (
            f.rule_id, f.version, f.title, w.of("level", f.level.name), " ↔ ".join(f.subjects),
            ", ".join(f.subject_ids), f.sentence, f.p_value, f.strength, f.parameter_set or "",
            _json(f.limits),
        )
        for f in m.findings
    ]  # fmt: skip
    columns = (
        "rule_id", "version", "title", "level", "subjects", "bidder_id", "text", "p_value", "strength",
        "parameter_set", "limits",
    )  # fmt: skip
    return _frame(columns, rows, m)


def _values(m: Material, w: Words) -> pl.DataFrame:
    """One row per value that a rule read; figures as figures, other values as words beside them."""
    rows = [
        (
            f.rule_id, " ↔ ".join(f.subjects), v.label, float(v.value) if _is_figure(v.value) else None,
            w.quantity(v.name, v.value, v.unit),
        )
        for f in m.findings
        for v in f.values
    ]  # fmt: skip
    return _frame(("rule_id", "subjects", "column", "value", "text"), rows, m)


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _exclusions(m: Material) -> pl.DataFrame:
    rows = [
        (f.rule_id, " ↔ ".join(f.subjects), c.code, c.text, c.outcome)
        for f in m.findings
        for c in f.exclusions
    ]
    return _frame(("rule_id", "subjects", "code", "text", "outcome"), rows, m)


def _relations(m: Material, w: Words) -> pl.DataFrame:
    rows = [
        (
            f"{c.a} ↔ {c.b}",
            x.from_name,
            w.of("relation", x.kind),
            x.to_name,
            x.share,
            x.since,
            x.until,
            x.record,
        )
        for c in m.chains
        for x in c.links
    ]
    columns = ("subjects", "from_id", "kind", "to_id", "share", "valid_from", "valid_to", "source_record")
    return _frame(columns, rows, m)


def _events(m: Material, w: Words) -> pl.DataFrame:
    rows = [
        (a.at, m.people.called(a.actor), w.of("event", a.kind), a.text or "", told(a.detail, m, w))
        for a in m.people.acts
    ]
    return _frame(("at", "actor", "kind", "text", "detail"), rows, m)


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True)
