"""`case.json`: the case as data, with everything that the report shows cut or rounded in full."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import polars as pl

from cases.package.material import Material, shown_to_all
from detect.explanation import Explanation, Finding
from records.visible import UNSEEN

FORMAT = "bidlens-case-1"


def case_json(m: Material) -> bytes:
    """The case as JSON in UTF-8: the same case gives the same bytes.

    Characters that cannot be seen, or that steer what is, stand as escapes.
    """
    text = json.dumps(shown_to_all(_plain(_case(m)), m.hidden), ensure_ascii=False, indent=1, allow_nan=False)
    return UNSEEN.sub(_escaped, text).encode() + b"\n"


def program() -> str:
    """Name and version of this program."""
    try:
        return f"bidlens {version('bidlens')}"
    except PackageNotFoundError:  # a checkout that nobody installed
        return "bidlens"


def _escaped(found: Any) -> str:
    return f"\\u{ord(found[0]):04x}"


def _case(m: Material) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "program": program(),
        "lang": m.lang,
        "case": {"id": m.case_id, "grain": m.grain, "subject": m.subject_id, **_about(m)},
        "run": _run(m),
        "findings": [_finding(f) for f in m.findings],
        "facts": _rows(m.facts),
        "bids": _rows(m.bids),
        "relations": {"as_of": m.at, "on_record": m.n_relations, "chains": [asdict(c) for c in m.chains]},
        "not_checked": [asdict(n) for n in getattr(m.story, "not_checked", [])],
        "not_applicable": getattr(m.story, "not_applicable", []),
        "unusual": [asdict(u) for u in getattr(m.story, "unusual", [])],
        "doubts": getattr(m.story, "doubts", []),
        "sources": _rows(m.sources),
        "people": _people(m),
    }


def _about(m: Material) -> dict[str, Any]:
    story = m.story
    lead = {"level": story.level.name if story.level else None, "attention": story.attention}
    if isinstance(story, Explanation):
        told = {"title": story.title, "buyer": story.buyer, "headline": story.headline}
        return {**lead, **told, "score": story.score, "related": story.related, "tender": dict(story.tender)}
    like = None if story.likeness is None else asdict(story.likeness)
    return {
        **lead,
        "kind": story.kind,
        "names": story.names,
        "likeness": like,
        "tenders": _rows(story.tenders),
    }


def _run(m: Material) -> dict[str, Any]:
    kept = ("run_id", "started_at", "records_version", "model", "n_tenders", "rules", "parameter_sets")
    return {name: m.manifest[name] for name in kept}


def _finding(f: Finding) -> dict[str, Any]:
    told = {k: v for k, v in asdict(f).items() if k != "level"}
    return {**told, "level": f.level.name, "exclusions": [c._asdict() for c in f.exclusions]}


def _people(m: Material) -> dict[str, Any]:
    return {
        "alert": m.people.alert,
        "events": [asdict(act) for act in m.people.acts],
        "attachments": [
            {"id": f.id, "event_id": f.event_id, "name": f.name, "sha256": sha256(f.content).hexdigest()}
            for f in m.people.files
        ],
    }


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dicts()


def _plain(value: Any) -> Any:
    """Data as JSON has them: instants in ISO 8601, money as text, figures that are none as null."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value if value is None or isinstance(value, str | int) else str(value)
