"""What one rule found in a tender, on what evidence, and what else it could mean."""

import streamlit as st
from markupsafe import Markup

from app_pages.desk import moment
from app_pages.markup import badge, draw, fill, several, table
from app_pages.quantity import quantity
from app_pages.words import Words
from detect.explain import Fact, Finding, Value
from detect.rule import Level

OPEN = 2
"""Hits of one rule that are drawn at once; more are folded away."""


def by_rule(findings: list[Finding]) -> list[list[Finding]]:
    """Hits gathered by rule; the rule with the highest level first, and within it the highest hit."""
    worst = sorted(findings, key=lambda f: (-f.level, -f.strength))
    ids = dict.fromkeys(f.rule_id for f in worst)
    return [[f for f in worst if f.rule_id == i] for i in ids]


def card(hits: list[Finding], w: Words) -> None:
    """All hits of one rule: what it says, evidence per pair, the law, and the innocent reading."""
    first = hits[0]
    with st.container(border=True):
        count = fill('<p class="small">{x}</p>', x=w("finding.n_hits", n=len(hits)))
        draw(
            fill(
                '<div class="finding">{badge}<h4>{rule_id} {title}</h4>{count}</div>',
                badge=badge(first.level, w),
                rule_id=first.rule_id,
                title=first.title,
                count=count if len(hits) > 1 else Markup(),
            )
        )
        for hit in hits[:OPEN]:
            draw(evidence(hit, first.level, w))
        if folded := hits[OPEN:]:
            with st.expander(w("finding.more", n=len(folded))):
                for hit in folded:
                    draw(evidence(hit, first.level, w))
        draw(reading(first, w))


def evidence(hit: Finding, announced: Level, w: Words) -> Markup:
    """One hit: who, the sentence, both sides on record, the values that the rule read.

    Its level is shown where it differs from the one that the card announced.
    """
    return fill(
        '<div class="finding pair"><p class="sides">{who} {level}</p><p>{sentence}</p>'
        "{facts}{values}{exclusions}</div>",
        who=" ↔ ".join(hit.subjects),
        level=Markup() if hit.level == announced else badge(hit.level, w),
        sentence=hit.sentence,
        facts=_facts(hit, w) if hit.facts else Markup(),
        values=_values(hit, w),
        exclusions=_exclusions(hit, w),
    )


def reading(finding: Finding, w: Words) -> Markup:
    """The law that the rule speaks of, and the innocent reading."""
    return fill(
        '<div class="finding">{law}<div class="innocent"><b>{title}</b>{text}</div></div>',
        law=_law(finding, w),
        title=w("finding.innocent"),
        text=finding.innocent,
    )


def _facts(hit: Finding, w: Words) -> Markup:
    a, b = hit.subjects
    head = [w("finding.what"), w("case.value"), a, b, w("finding.holders"), w("finding.explained")]
    return _labelled(w("finding.evidence"), table(head, [_fact(f, w) for f in hit.facts]))


def _fact(f: Fact, w: Words) -> tuple[object, ...]:
    return (
        f.kind,
        f.display or w("value.unknown"),
        _side(f.record_a, moment(f.observed_a), w),
        _side(f.record_b, moment(f.observed_b), w),
        f"{f.holders:,}",
        f.exclusion or w("value.no"),
    )


def _side(record: str, at: str, w: Words) -> Markup:
    return fill("{record}<br><span class='small'>{at}</span>", record=record, at=at or w("value.no_time"))


def _values(hit: Finding, w: Words) -> Markup:
    rows = [{"label": w.column(v.name), "value": _said(v, w)} for v in hit.values]
    return _list(w("finding.values"), "{label}: <b>{value}</b>", rows)


def _said(v: Value, w: Words) -> str:
    return w.value(v.name, v.value) if isinstance(v.value, str) else quantity(v.value, v.unit, w)


def _exclusions(hit: Finding, w: Words) -> Markup:
    rows = [{"code": c.code, "text": c.text, "outcome": c.outcome} for c in hit.exclusions]
    return _list(w("finding.exclusions"), "{text} ({code}): <b>{outcome}</b>", rows)


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
