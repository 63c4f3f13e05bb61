"""What entries of the audit log tell, as sentences; what was kept word by word stays beside them."""

import json
from typing import Any

from app_pages import acting
from app_pages.desk import moment_text
from app_pages.words import Words
from cases.act import Kind
from cases.tables import Entry
from cases.workflow import State
from features.catalogue import Grain
from records.visible import visible

_ALERT = "alert."
_DAYS = ("due_at", "snoozed_until", "suppressed_until")

OTHERS = (
    "run.post", "queue.export", "package.write", "personal.unmask", "sealed.view", "person.appoint",
    "role.switch", "list.add", "suppression.lift", "decisions.learn", "model.promote", "model.rollback",
    "personal.erase", "desk.move",
)  # fmt: skip
"""Acts that concern no single alert."""

ACTS = (*(f"{_ALERT}{kind.value}" for kind in Kind), *OTHERS)
"""Every act that the log tells of."""


def act(w: Words, action: str) -> str:
    """What an act is called; the bare code of one that nobody has named."""
    if action.startswith(_ALERT):
        key = f"event.{action.removeprefix(_ALERT)}"
    else:
        key = f"done.{action.replace('.', '_')}"
    return w(key) if w.has(key) else action


def about(w: Words, entry: Entry) -> str:
    """Whom or what an entry concerns."""
    kind, _, name = entry.subject.partition(" ")
    if name and kind in list(Grain):
        return f"{w(f'grain.{kind}')} {visible(name)}"
    if entry.action == "suppression.lift":
        return w("log.explanation", n=visible(name))
    return visible(entry.subject)


def told(w: Words, entry: Entry) -> str:
    """What was done, with what matters of it, and the words that somebody gave."""
    detail: dict[str, Any] = json.loads(entry.detail)
    facts = _of_alert(w, detail) if entry.action.startswith(_ALERT) else _of_other(w, entry.action, detail)
    colon, joint, stop = ("：", "，", "。") if w.lang == "zh" else (": ", ", ", ". ")
    words = next((detail[n] for n in ("text", "reason") if isinstance(detail.get(n), str)), "")
    said = colon.join(x for x in (act(w, entry.action), joint.join(facts)) if x)
    return visible(f"{said}{stop}“{words}”" if words else said, 600)


def _of_alert(w: Words, detail: dict[str, Any]) -> list[str]:
    after = {name: new for name, (_, new) in detail.get("changes", {}).items()}
    proposal = after.get("proposed") or {}
    states = [s for s in (after.get("state"), proposal.get("state")) if s in list(State)]
    code = after.get("reason") or proposal.get("reason")
    grounds = [acting.reasons(w, State(s)).get(code) for s in states] if code else []
    return [
        *(w(f"state.{s}") for s in states),
        *(g for g in grounds if g),
        *(str(detail[n]) for n in ("to", "by", "firm", "rule", "name") if detail.get(n)),
        *([w(f"reading.{detail['verdict']}")] if "verdict" in detail else []),
        *(w("log.until", at=moment_text(str(after[n]))[:10]) for n in _DAYS if after.get(n)),
    ]


def _of_other(w: Words, action: str, detail: dict[str, Any]) -> list[str]:
    def number(name: str) -> str:
        return f"{detail.get(name) or 0:,}"

    if action == "run.post":
        moved = [n for n in ("new", "news", "back", "reopened", "gone") if detail.get(n)]
        return [w(f"posted.{n}", n=number(n)) for n in moved]
    if action == "desk.move":
        return [w("done.moved_from", source=visible(detail["source"]))]
    if action == "role.switch":
        return [w(f"role.{detail['role']}")]
    if action == "person.appoint":
        role = w(f"role.{detail['role']}")
        return [str(detail.get("shown", "")), role if detail.get("active", True) else w("log.left")]
    until, sha256 = (str(detail.get(n) or "") for n in ("until", "sha256"))
    return [
        *([w(f"form.{detail['format']}")] if "format" in detail else []),
        *([w("log.version", n=detail["version"])] if "version" in detail else []),
        *([w("log.rows", n=number("rows"))] if isinstance(detail.get("rows"), int) else []),
        *([w("log.until", at=until[:10])] if until else []),
        *([f"SHA-256 {sha256[:12]}…"] if sha256 else []),
        *([w("log.unmasked")] if detail.get("unmasked") else []),
    ]
