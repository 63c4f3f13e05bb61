"""What the report's third and fourth section show: raw values of both sides, and innocent reasons checked."""

from collections.abc import Mapping
from datetime import datetime

from cases.package.blocks import Block, bullets, heading, lines, moment, paragraph, table
from cases.package.material import Material
from cases.package.summary import by_rule
from cases.package.words import Words
from detect.explanation import Explanation, Fact, Finding, Party
from records.kinds import KINDS

MOST = 15
"""Hits, shared values and numbers of one rule that are printed; the sheets have them all."""


def evidence(m: Material, w: Words) -> list[Block]:
    """Each rule's hits: about whom, the sentence, both sides on record, the values that it read."""
    blocks = [heading(w("section.evidence"))]
    names = _names(m)
    for hits in by_rule(m.findings):
        first = hits[0]
        told = w("rule.titled", rule=first.rule_id, title=first.title, level=w.of("level", first.level.name))
        blocks += [heading(told, 2), *_sentences(hits, w), *_facts(hits, m, names, w), *_values(hits, w)]
    if not m.findings:
        blocks.append(paragraph(w("report.none")))
    blocks += _between(m, names, w) if isinstance(m.story, Party) else []
    blocks += _unusual(m, w) if isinstance(m.story, Explanation) else _signs(m.story, w)
    return [*blocks, paragraph(w("evidence.masked"), "note"), paragraph(w("evidence.excerpts"), "note")]


def exclusions(m: Material, w: Words) -> list[Block]:
    """Every innocent reason that a rule had to answer to, what became of it, and in which rules."""
    asked: dict[tuple[str, str, str], dict[str, None]] = {}
    for f in m.findings:
        for c in f.exclusions:
            outcome = w.colon.join(filter(None, (c.outcome, c.why)))
            asked.setdefault((c.code, c.text, outcome), {})[f.rule_id] = None
    head = [w(f"exclusion.{k}") for k in ("code", "text", "outcome", "rules")]
    rows = [(*key, w.joint.join(of)) for key, of in sorted(asked.items())]
    empty = paragraph(w("report.none"))
    return [heading(w("section.exclusions")), table(head, rows, [8, 34, 32, 26]) if rows else empty]


def _names(m: Material) -> dict[str, str]:
    of_findings = {i: n for f in m.findings for i, n in zip(f.subject_ids, f.subjects, strict=False)}
    return of_findings | dict(m.bids.select("bidder_id", "name").sort("bidder_id").iter_rows())


def _sentences(hits: list[Finding], w: Words) -> list[Block]:
    """Each sentence once, with those whom it is said of."""
    said: dict[str, list[str]] = {}
    for f in hits:
        said.setdefault(f.sentence, []).append(" ↔ ".join(f.subjects) or w("evidence.of_tender"))
    blocks = []
    for sentence, about in list(said.items())[:MOST]:
        blocks += [paragraph(sentence), bullets(about[:MOST])]
    told = sum(min(len(about), MOST) for about in list(said.values())[:MOST])
    return [*blocks, *_more(sum(map(len, said.values())) - told, w)]


def _facts(hits: list[Finding], m: Material, names: Mapping[str, str], w: Words) -> list[Block]:
    facts = list(dict.fromkeys(fact for f in hits for fact in f.facts))
    if not facts:
        return []
    head = [w(f"evidence.{k}") for k in ("what", "side_a", "side_b", "holders")]
    sources = {b: (s, at) for b, s, at in m.sources.select("batch_id", "source", "collected_at").iter_rows()}
    rows = [_fact(f, names, sources, m.zone, w) for f in facts[:MOST]]
    return [table(head, rows, [23, 32, 32, 13], "lllr"), *_left(len(facts) - len(rows), w)]


def _between(m: Material, names: Mapping[str, str], w: Words) -> list[Block]:
    """What a party's bidders share, each value once with a tender in which it was seen."""
    key = ["kind", "kind_b", "display", "bidder_a", "bidder_b"]
    once = m.facts.unique(key, keep="first", maintain_order=True)
    if once.is_empty():
        return []
    called = {k.name: k.zh if w.lang == "zh" else k.en for k in KINDS.values()}
    unknown = w("value.unknown")
    rows = [
        (
            lines(
                " / ".join(called.get(k, k) for k in (r["kind"], r["kind_b"]) if k),
                r["display"],
                r["tender_id"],
            ),
            *(
                lines(
                    names.get(r[f"bidder_{s}"], r[f"bidder_{s}"]),
                    _record(r[f"source_{s}"], r[f"table_{s}"], r[f"record_{s}"], w),
                    w("evidence.observed", at=moment(r[f"observed_{s}"], m.zone, unknown)),
                    w("evidence.collected", at=moment(r[f"collected_{s}"], m.zone, unknown)),
                )
                for s in "ab"
            ),
            f"{r['holders']:,}",
        )
        for r in once.head(MOST).iter_rows(named=True)
    ]
    head = [w(f"evidence.{k}") for k in ("what", "side_a", "side_b", "holders")]
    return [
        heading(w("evidence.between"), 2), table(head, rows, [23, 32, 32, 13], "lllr"),
        *_left(once.height - len(rows), w),
    ]  # fmt: skip


def _fact(
    f: Fact, names: Mapping[str, str], sources: Mapping[str, tuple[str, datetime]], zone: str, w: Words
) -> tuple[str, ...]:
    explained = w("evidence.explained", code=f.exclusion) if f.exclusion else ""
    return (
        lines(f.kind, f.display or w("value.unknown"), explained),
        _side(names.get(f.bidder_a, f.bidder_a), f.record_a, f.observed_a, sources, zone, w),
        _side(names.get(f.bidder_b, f.bidder_b), f.record_b, f.observed_b, sources, zone, w),
        f"{f.holders:,}",
    )


def _side(
    name: str,
    record: str,
    observed: datetime | None,
    sources: Mapping[str, tuple[str, datetime]],
    zone: str,
    w: Words,
) -> str:
    batch, of, number = (*record.split(":", 2), "", "")[:3]
    unknown = w("value.unknown")
    source, collected = sources.get(batch, (unknown, None))
    return lines(
        name,
        _record(source, of, number, w),
        w("evidence.observed", at=moment(observed, zone, unknown)),
        w("evidence.collected", at=moment(collected, zone, unknown)),
    )


def _record(source: str | None, table_name: str | None, number: str | None, w: Words) -> str:
    unknown = w("value.unknown")
    return w(
        "evidence.record", source=source or unknown, table=table_name or unknown, record=number or unknown
    )


def _values(hits: list[Finding], w: Words) -> list[Block]:
    """Values that a rule read beyond how many values are shared, which the facts show."""
    read = [(f, [v for v in f.values if not v.name.startswith("shared_")]) for f in hits]
    rows = [
        (
            lines(*f.subjects) or w("evidence.of_tender"),
            lines(*(f"{v.label.rstrip('.')}: {w.quantity(v.name, v.value, v.unit)}" for v in values)),
        )
        for f, values in read
        if values
    ]
    if not rows:
        return []
    head = [w("evidence.subjects"), w("evidence.measure")]
    return [table(head, rows[:MOST], [38, 62]), *_left(len(rows) - MOST, w)]


def _unusual(m: Material, w: Words) -> list[Block]:
    rows = [
        (u.label, w.quantity("", u.value, u.unit),
         f"{w.quantity('', u.typical_low)} – {w.quantity('', u.typical_high, u.unit)}")
        for u in getattr(m.story, "unusual", [])
    ]  # fmt: skip
    head = [w("evidence.measure"), w("evidence.value"), w("evidence.typical")]
    return [heading(w("evidence.unusual"), 2), table(head, rows, [50, 22, 28], "lrr")] if rows else []


def _signs(story: Party, w: Words) -> list[Block]:
    if story.likeness is None:
        return []
    rows = [
        (f"{n:+d}", v.label.rstrip("."), w.quantity(v.name, v.value, v.unit)) for v, n in story.likeness.signs
    ]
    head = [w("evidence.points"), w("evidence.measure"), w("evidence.value")]
    return [heading(w("evidence.signs"), 2), table(head, rows, [10, 62, 28], "rlr")]


def _more(n: int, w: Words) -> list[Block]:
    return [paragraph(w("evidence.more", n=n), "note")] if n > 0 else []


def _left(n: int, w: Words) -> list[Block]:
    return [paragraph(w("report.in_sheets", n=n), "note")] if n > 0 else []
