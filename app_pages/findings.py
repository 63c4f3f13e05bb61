"""What one rule found in a tender, on what evidence, and what else it could mean."""

from typing import Any

import streamlit as st
from markupsafe import Markup

from app_pages.evidence import Block, Held, blocks, sentences, shared, who
from app_pages.markup import badge, draw, fill, several
from app_pages.quantity import between, quantity
from app_pages.words import Words
from detect.explanation import Finding, Value
from detect.rule import Level

OPEN = 2
"""Grounds of one rule that are drawn at once; more are folded away."""

COUNTS = ("shared_", "crossed_", "holders_")
"""Columns that count what the table of shared values shows."""


def by_rule(findings: list[Finding]) -> list[list[Finding]]:
    """Hits gathered by rule; the rule with the highest level first, and within it the highest hit."""
    worst = sorted(findings, key=lambda f: (-f.level, -f.strength))
    ids = dict.fromkeys(f.rule_id for f in worst)
    return [[f for f in worst if f.rule_id == i] for i in ids]


def card(hits: list[Finding], w: Words, currency: str | None = None, beside: Markup | None = None,
         held: Held | None = None) -> None:  # fmt: skip
    """All hits of one rule: what it says, the evidence, the law, and the innocent reading.

    `currency` is that of the tender, for amounts that the rule read; `beside` follows the evidence; `held`
    names who else holds what is shared.
    """
    first = hits[0]
    with st.container(border=True):
        draw(
            fill(
                '<div class="finding">{badge}<h4>{rule_id} {title}</h4></div>',
                badge=badge(first.level, w),
                rule_id=first.rule_id,
                title=first.title,
            )
        )
        found = blocks(hits)
        for block in found[:OPEN]:
            draw(evidence(block, first.level, w, currency, held))
        if folded := found[OPEN:]:
            with st.expander(w("finding.more", n=len(folded))):
                for block in folded:
                    draw(evidence(block, first.level, w, currency, held))
        if beside is not None:
            draw(beside)
        draw(reading(hits, w))


def evidence(
    block: Block, announced: Level, w: Words, currency: str | None = None, held: Held | None = None
) -> Markup:
    """Hits on one ground: who, the sentence, the sides on record, the values that the rule read.

    Their level is shown where it differs from the one that the card announced.
    """
    hit = block.hits[0]
    return fill(
        '<div class="finding pair"><p class="sides">{who} {level}</p>{sentences}{shared}{values}'
        "{exclusions}</div>",
        who=who(block, w),
        level=Markup() if hit.level == announced else badge(hit.level, w),
        sentences=sentences(block, w),
        shared=shared(block, w, held),
        values=_values(block.hits, w, currency),
        exclusions=_exclusions(hit, w),
    )


def reading(hits: list[Finding], w: Words) -> Markup:
    """The law that the rule speaks of, why a finding is not red, and the innocent reading."""
    reasons = dict.fromkeys(f.held_back for f in hits if f.held_back)
    return fill(
        '<div class="finding">{law}{held_back}<div class="innocent"><b>{title}</b>{text}</div></div>',
        law=_law(hits[0], w),
        held_back=several("<p>{x}</p>", ({"x": reason} for reason in reasons)),
        title=w("finding.innocent"),
        text=hits[0].innocent,
    )


def _values(hits: list[Finding], w: Words, currency: str | None) -> Markup:
    """What the rule read beyond how many values are shared, which the table shows; from least to most."""
    rows = []
    for v in hits[0].values:
        if hits[0].facts and v.name.startswith(COUNTS):
            continue
        told = {str(x.value): x.value for hit in hits for x in hit.values if x.name == v.name}
        rows.append({"label": _label(v, w), "value": _said(v, list(told.values()), w, currency)})
    return _list(w("finding.values"), "{label}: <b>{value}</b>", rows)


def _label(v: Value, w: Words) -> str:
    """Columns of the records go by the page's words, features by what the catalogue says they count."""
    return w.column(v.name) if w.has(f"column.{v.name}") else v.label.rstrip(".。")


def _said(v: Value, read: list[Any], w: Words, currency: str | None) -> str:
    if isinstance(read[0], str):
        return w.value(v.name, read[0])
    if len(read) > 1 and None not in read:
        return between(min(read), max(read), v.unit, w, currency)
    return quantity(read[0], v.unit, w, currency)


def _exclusions(hit: Finding, w: Words) -> Markup:
    joint = "：" if w.lang == "zh" else ": "
    rows = [
        {"code": c.code, "text": c.text, "said": joint.join(filter(None, (c.outcome, c.why)))}
        for c in hit.exclusions
    ]
    return _list(w("finding.exclusions"), "<b>{text}</b> ({code}) – {said}", rows)


def _list(label: str, template: str, rows: list[dict[str, str]]) -> Markup:
    if not rows:
        return Markup()
    return _labelled(label, fill("<ul>{items}</ul>", items=several(f"<li>{template}</li>", rows)))


def _law(finding: Finding, w: Words) -> Markup:
    if not finding.law:
        return Markup()
    items = several("<p>§ {x}</p>", ({"x": law} for law in finding.law))
    return _labelled(w("finding.law"), items)


def _labelled(label: str, inner: Markup) -> Markup:
    return fill('<div class="label">{label}</div>{inner}', label=label, inner=inner)
