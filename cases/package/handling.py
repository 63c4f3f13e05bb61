"""Sections ten to thirteen of a report: the firm's statement, what people did, the review, the files."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from cases.act import Kind
from cases.package.blocks import Block, form, heading, moment, paragraph, table
from cases.package.material import Material
from cases.package.people import Act
from cases.package.words import Words

_HIDDEN = frozenset({"version", "changes", "mentions", "proposal"})
"""What the desk keeps with an event for itself; changes are told column by column."""

_OWN = frozenset({"fingerprint", "closed_on", "closed_at", "first_action_at", "determination"})
"""Columns whose changes tell a reader nothing that the event does not."""


class Listed(NamedTuple):
    """A file of the package."""

    name: str
    size: int
    sha256: str


def statement(m: Material, w: Words) -> list[Block]:
    """What the firms said, in their words."""
    said = m.people.of_kind(Kind.STATEMENT)
    blocks = [heading(w("section.statement"))]
    for act in said:
        by = f"{moment(act.at, m.zone)}　{act.detail.get('firm') or m.people.called(act.actor)}"
        blocks += [paragraph(by, "note"), paragraph(act.text or "", "quote")]
    return blocks if said else [*blocks, paragraph(w("people.no_statement"))]


def actions(m: Material, w: Words) -> list[Block]:
    """Every act in order, and the determination of the evaluation committee, which stands apart."""
    blocks = [heading(w("section.actions")), paragraph(_determination(m, w))]
    if m.people.alert is None:
        return [*blocks, paragraph(w("people.no_desk"))]
    head = [w(f"people.{k}") for k in ("at", "who", "what", "text")]
    rows = [
        (moment(a.at, m.zone), m.people.called(a.actor), w.of("event", a.kind), _words(a, m, w))
        for a in m.people.acts
    ]
    return [*blocks, table(head, rows, [18, 16, 18, 48])] if rows else [*blocks, paragraph(w("report.none"))]


def review(w: Words) -> list[Block]:
    """Room for the legal and the technical reviewer, and for a deposit elsewhere."""
    blocks = [heading(w("section.review")), paragraph(w("review.why"), "note")]
    for kind in ("legal", "technical"):
        labels = [w("review.opinion"), w("review.person"), w("review.signed")]
        blocks += [heading(w(f"review.{kind}"), 2), form(labels)]
    return [*blocks, form([w("review.deposit")])]


def files(listed: Sequence[Listed], key: str, w: Words) -> list[Block]:
    """The other files of the package with their checksums, and how to check them."""
    head = [w("files.name"), w("files.size"), w("quality.sha256")]
    rows = [(f.name, f"{f.size:,}", f.sha256) for f in listed]
    note = paragraph(w("files.note", key=key), "note")
    return [heading(w("section.files")), table(head, rows, [26, 11, 63], "lrl"), note]


def told(detail: Mapping[str, Any], m: Material, w: Words) -> str:
    """What the desk kept with an event, as words; codes that have a word of their own read as that."""
    kept = {k: v for k, v in detail.items() if k not in _HIDDEN and v not in (None, "", [], {})}
    changed = detail.get("changes")
    rows = changed.items() if isinstance(changed, Mapping) else ()
    changes = [
        _change(k, v[0], v[1], m, w) for k, v in rows if k not in _OWN and isinstance(v, list) and len(v) == 2
    ]
    said = [*(f"{w.of('detail', k)}: {_plain(k, v, m, w)}" for k, v in kept.items()), *changes]
    return "; ".join(s for s in said if s)


def proposed(proposal: Mapping[str, Any], zone: str, w: Words) -> str:
    """What a second person is asked to agree to: the result, with its reason and what belongs to it."""
    state, reason = proposal.get("state"), proposal.get("reason")
    until, original = proposal.get("until"), proposal.get("original")
    told = [
        w.of("state", state),
        w.ground(reason) if reason else "",
        f"{w('detail.until')} {_moment(until, zone)}" if until else "",
        f"{w.column('original_id')} {original}" if original else "",
    ]
    return " · ".join(t for t in told if t)


def _change(name: str, before: Any, now: Any, m: Material, w: Words) -> str:
    """What became of one column; a proposal that was taken away is told by its own event."""
    if name == "proposed":
        return proposed(now, m.zone, w) if isinstance(now, Mapping) else ""
    return f"{w.column(name)}: {_plain(name, before, m, w)} → {_plain(name, now, m, w)}"


_SECTIONS = {"verdict": "reading", "state": "state"}
"""What a detail's codes are called by."""

_PEOPLE = frozenset({"to", "owner"})


def _plain(name: str, value: Any, m: Material, w: Words) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return w("value.yes" if value else "value.no")
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_plain(k, v, m, w)}" for k, v in value.items())
    if isinstance(value, list):
        return w.joint.join(_plain(name, v, m, w) for v in value)
    if name in _PEOPLE:
        return m.people.called(str(value))
    if name == "reason":
        return w.ground(str(value))
    if name in _SECTIONS:
        return w.of(_SECTIONS[name], str(value))
    return _moment(str(value), m.zone) if name.endswith(("_at", "until")) else str(value)


def _moment(text: str, zone: str) -> str:
    try:
        return moment(datetime.fromisoformat(text), zone)
    except ValueError:
        return text


def _words(act: Act, m: Material, w: Words) -> str:
    return "\n".join(t for t in (act.text or "", told(act.detail, m, w)) if t)


def _determination(m: Material, w: Words) -> str:
    said = (m.people.alert or {}).get("determination") or next(
        (a.text for a in reversed(m.people.of_kind(Kind.DETERMINED))), None
    )
    return w("people.determination", text=said) if said else w("people.no_determination")
