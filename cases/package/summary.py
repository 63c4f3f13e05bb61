"""The first two sections of a report: what the alert says, and the rules behind it."""

from datetime import datetime
from string import Formatter
from typing import Any

from cases.package.blocks import Block, heading, lines, moment, pairs, paragraph
from cases.package.handling import proposed
from cases.package.material import Material
from cases.package.words import Words
from detect.columns import column_of
from detect.explanation import Explanation, Finding, Party
from detect.rule import Rule, all_rules
from records.visible import visible


def summary(m: Material, w: Words) -> list[Block]:
    """What it is about, how strong the lead is, where it stands and when it was computed."""
    story = m.story
    own = _of_tender(m, story, w) if isinstance(story, Explanation) else _of_party(m, story, w)
    last = [
        *([(w("summary.state"), _state(m, w))] if m.people.alert else []),
        *([(w("summary.proposed"), _proposed(m, w))] if (m.people.alert or {}).get("proposed") else []),
        (w("summary.run"), _computed(m, w)),
    ]
    return [heading(w("section.summary")), pairs([*own, *last]), paragraph(w("report.caution"), "strong")]


def rules(m: Material, w: Words) -> list[Block]:
    """Each rule that fired: its text, law, version and the limits by which its hits were judged."""
    if not m.findings:
        return [heading(w("section.rules")), paragraph(w("rule.nothing"))]
    blocks = [heading(w("section.rules"))]
    for hits in by_rule(m.findings):
        blocks += [heading(_name(hits[0], w), 2), pairs(_rule(hits, m, w))]
    return blocks


def by_rule(findings: list[Finding]) -> list[list[Finding]]:
    """Hits gathered by rule; the rule with the highest level first, and within it the highest hit."""
    worst = sorted(findings, key=lambda f: (-f.level, -f.strength))
    ids = dict.fromkeys(f.rule_id for f in worst)
    return [[f for f in worst if f.rule_id == i] for i in ids]


def rule_text(rule: Rule, limits: dict[str, Any], w: Words) -> str:
    """What a rule looks for, with its limits filled in and its columns named.

    >>> rule_text(all_rules()["B01"], {"min_days": 20}, Words("zh"))
    '自发布至投标截止 〔投标准备期（自然日）〕 个自然日，少于法定最低 20 日。'
    """
    if w.lang == "en":
        return rule.statement
    return _Named(rule).vformat(rule.zh.sentence, (), limits)


class _Named(Formatter):
    """Puts limits as they are and columns by their names."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def get_value(self, key: int | str, _: Any, kwargs: Any) -> Any:
        return kwargs[key] if key in kwargs else self._called(str(key))

    def format_field(self, value: Any, format_spec: str) -> str:
        return value if isinstance(value, str) else str(super().format_field(value, format_spec))

    def _called(self, name: str) -> str:
        column = column_of(name, self._rule.grain)
        return f"〔{column.zh or name}〕"


def _name(finding: Finding, w: Words) -> str:
    return w(
        "rule.titled", rule=finding.rule_id, title=finding.title, level=w.of("level", finding.level.name)
    )


def _rule(hits: list[Finding], m: Material, w: Words) -> list[tuple[object, object]]:
    first, rule = hits[0], all_rules()[hits[0].rule_id]
    judged = list(dict.fromkeys((_limits(f, w), f.parameter_set) for f in hits))
    told = "\n".join(f"{limits} — {_set(m, chosen, w)}" if limits else w("rule.no_limits")
                     for limits, chosen in judged)  # fmt: skip
    best = max(hits, key=lambda f: f.strength)
    return [
        (w("rule.text"), rule_text(rule, dict(first.limits), w)),
        (w("rule.law"), "\n".join(first.law) or w("rule.no_law")),
        *((w("rule.held_back"), reason) for reason in dict.fromkeys(f.held_back for f in hits) if reason),
        (w("rule.version"), _version(first, rule, w)),
        (w("rule.limits"), told),
        (w("rule.strength"), f"{best.strength:.2f} / {best.confidence:.2f}"),
    ]


def _version(finding: Finding, rule: Rule, w: Words) -> str:
    """The version that judged; where the rule has changed since, the words are not the ones of then."""
    if finding.version == rule.version:
        return f"{rule.id} v{rule.version}"
    return w("rule.newer", rule=rule.id, then=finding.version, now=rule.version)


def _limits(finding: Finding, w: Words) -> str:
    return ("；" if w.lang == "zh" else "; ").join(f"{k} = {v}" for k, v in finding.limits.items())


def _set(m: Material, chosen: str | None, w: Words) -> str:
    of = m.manifest["parameter_sets"].get(chosen)
    if of is None:
        return w("rule.own_limits")
    return w(
        "rule.from_set", set=chosen, place=of["jurisdiction"], since=of["valid_from"], owner=of["owner"],
        reason=of["reason"],
    )  # fmt: skip


def _of_tender(m: Material, story: Explanation, w: Words) -> list[tuple[object, object]]:
    t, unknown = story.tender, w("value.unknown")
    priced = story.bids["amount"].count()
    rows: list[tuple[object, object]] = [
        (w("summary.tender"), story.tender_id),
        (w("summary.title"), visible(story.title)),
        (w("summary.buyer"), visible(story.buyer)),
        (w("summary.place"), f"{t['region'] or unknown} / {t['jurisdiction'] or unknown}"),
        (w("summary.category"), visible(t["category"] or unknown)),
        (w("summary.mechanism"), w.of("mechanism", t["mechanism"])),
        (w("summary.estimate"), w.money(t["estimate"], t["currency"])),
        (w("summary.ceiling"), w.money(t["ceiling"], t["currency"])),
        (w("summary.deadline"), moment(t["deadline_at"], m.zone, unknown)),
        (w("summary.bids"), w("summary.n_bids", n=story.bids.height, priced=priced)),
        *_lead(story, w),
    ]
    if story.score is not None and m.manifest["model"]:
        said = w("summary.score_is", share=f"{story.score:.1%}", model=m.manifest["model"]["name"])
        rows.append((w("summary.score"), said))
    if story.related:
        rows.append((w("summary.related"), w.joint.join(story.related)))
    return [*rows, (w("summary.why"), story.headline)]


def _of_party(m: Material, story: Party, w: Words) -> list[tuple[object, object]]:
    first, last = (moment(at, m.zone)[:10] or w("value.unknown") for at in _span(story))
    rows: list[tuple[object, object]] = [
        (w("report.party"), story.kind),
        (w("summary.who"), "\n".join(story.names)),
        (w("summary.tenders"), w("summary.n_tenders", n=f"{story.n_tenders:,}", first=first, last=last)),
        *_lead(story, w),
    ]
    if story.likeness is not None:
        like = w("summary.likeness_is", what=story.likeness.title, n=story.likeness.points)
        rows.append((w("summary.likeness"), like))
    titles = dict.fromkeys(f"{f.rule_id} {f.title}" for f in story.findings)
    return [*rows, (w("summary.why"), w.joint.join(titles))]


def _span(story: Party) -> tuple[Any, Any]:
    return story.tenders["deadline_at"].min(), story.tenders["deadline_at"].max()


def _lead(story: Explanation | Party, w: Words) -> list[tuple[object, object]]:
    level = "none" if story.level is None else story.level.name
    return [
        (w("summary.level"), w(f"level.{level}")),
        (w("summary.attention"), w("summary.attention_is", n=f"{story.attention:.0f}")),
    ]


def _state(m: Material, w: Words) -> str:
    alert = m.people.alert or {}
    told = [
        w("state.proposed") if alert.get("proposed") else "",
        w.of("state", alert["state"]),
        w.ground(alert["reason"]) if alert["reason"] else "",
        _owner(m),
    ]
    return " · ".join(t for t in told if t)


def _proposed(m: Material, w: Words) -> str:
    """What waits for a second person: who proposes it, when, and on what ground."""
    proposal = (m.people.alert or {})["proposed"]
    at = moment(datetime.fromisoformat(proposal["at"]), m.zone)
    who = w("summary.proposed_by", who=m.people.called(proposal["by"]), at=at)
    return lines(proposed(proposal, m.zone, w), who, proposal["text"])


def _owner(m: Material) -> str:
    owner = (m.people.alert or {}).get("owner")
    return m.people.called(owner) if owner else ""


def _computed(m: Material, w: Words) -> str:
    at = moment(datetime.fromisoformat(m.manifest["started_at"]), m.zone)
    version = m.manifest["records_version"]
    return w(
        "summary.run_is", run=m.manifest["run_id"], at=at, n=f"{m.manifest['n_tenders']:,}",
        records=w("value.unknown") if version is None else version,
    )  # fmt: skip
