"""Sections five to nine of a report: prices, relations, chance, other explanations, data quality."""

from collections.abc import Sequence

import polars as pl

from cases.act import Kind
from cases.package.blocks import Block, bullets, form, heading, moment, paragraph, table
from cases.package.chains import Chain
from cases.package.chance import among, odds
from cases.package.chart import MOST as DRAWN
from cases.package.chart import chart
from cases.package.material import Material
from cases.package.summary import by_rule
from cases.package.words import Words
from detect.explanation import Explanation, Finding, Party
from detect.parties import PARTY_GRAINS
from detect.rule import all_rules
from features.catalogue import Grain

MOST = 60
"""Bids, tenders and rules that one table prints; the sheets have them all."""

_LIMITS = ("leads", "sources", "signature", "history")


def prices(m: Material, w: Words) -> list[Block]:
    """Bids drawn and listed against estimate and ceiling; for a party its tenders."""
    head = heading(w("section.prices"))
    if isinstance(m.story, Party):
        return [head, paragraph(w("prices.of_tenders")), *_tenders(m.story, m.zone, w)]
    if m.bids.is_empty():
        return [head, paragraph(w("prices.no_bids"))]
    doubted = [paragraph(w("prices.doubted"), "strong"), *map(paragraph, m.story.doubts)]
    drawn = [*(doubted if m.story.doubts else ()), *(chart(m.story, w) or [paragraph(w("prices.none"))])]
    priced = m.bids["amount"].count()
    notes = [
        *([w("prices.without", n=m.bids.height - priced)] if 0 < priced < m.bids.height else []),
        *([w("prices.left_out", n=DRAWN)] if priced > DRAWN else []),
    ]
    return [head, *drawn, *(paragraph(n, "note") for n in notes), *_listed(m, m.story, w)]


def relations(m: Material, w: Words) -> list[Block]:
    """The shortest path between each two bidders that are tied, link by link, as of the deadline."""
    head = heading(w("section.chains"))
    at = moment(m.at, m.zone) or w("chains.no_moment")
    if not m.n_relations:
        return [head, paragraph(w("chains.no_records"))]
    if not m.chains:
        return [head, paragraph(w("chains.none", at=at))]
    blocks = [head, paragraph(w("chains.as_of", at=at))]
    for chain in m.chains[:MOST]:
        blocks += [heading(w("chains.between", a=chain.a, b=chain.b), 2), _chain(chain, m.zone, w)]
    return blocks


def chance(m: Material, w: Words) -> list[Block]:
    """For each rule how often its finding is expected without any agreement."""
    rows = [(f"{hits[0].rule_id} {hits[0].title}", _chance(hits, m, w)) for hits in by_rule(m.findings)]
    head = heading(w("section.chance"))
    if not rows:
        return [head, paragraph(w("report.none"))]
    return [
        head,
        table([w("quality.rule"), w("chance.head")], rows, [34, 66]),
        paragraph(w("chance.note"), "note"),
    ]


def other(m: Material, w: Words) -> list[Block]:
    """Innocent readings with what people found about each, and what this package cannot show."""
    head = [w("quality.rule"), w("other.innocent"), w("other.answer")]
    rows = [
        (f"{hits[0].rule_id} {hits[0].title}", hits[0].innocent, _answers(hits[0].rule_id, m, w))
        for hits in by_rule(m.findings)
    ]
    readings = [table(head, rows, [24, 46, 30])] if rows else []
    limits = bullets(w(f"other.limit_{name}") for name in _LIMITS)
    blank = form([w("other.blank")])
    return [heading(w("section.other")), *readings, blank, heading(w("other.limits"), 2), limits]


def quality(m: Material, w: Words) -> list[Block]:
    """Rules that could not be checked and what they lacked, and where the values come from."""
    unknown = _not_checked(m, w)
    note = "quality.note" if isinstance(m.story, Explanation) else "quality.of_party"
    head = [w("quality.rule"), w("quality.missing")]
    blocks = [heading(w("section.quality"))]
    if unknown:
        blocks += [paragraph(w(note)), table(head, unknown[:MOST], [44, 56])]
        left = len(unknown) - MOST
        blocks += [paragraph(w("report.in_sheets", n=left), "note")] if left > 0 else []
    else:
        blocks.append(paragraph(w("quality.all_checked")))
    if isinstance(m.story, Explanation) and m.story.not_applicable:
        blocks.append(paragraph(w("quality.not_applicable", rules=w.joint.join(m.story.not_applicable))))
    return [*blocks, heading(w("quality.sources"), 2), *_sources(m, w)]


def not_checked(m: Material, w: Words) -> list[tuple[str, str, str]]:
    """Rule, title and missing data of every rule that could not be checked."""
    if isinstance(m.story, Explanation):
        return [(n.rule_id, n.title, _lacked(n.columns, w)) for n in m.story.not_checked]
    of_grain = {r.id: r for r in all_rules().values() if r.grain == m.grain}
    stuck = m.missing.filter(pl.col("rule_id").is_in(list(of_grain))).group_by("rule_id").agg("column")
    return [
        (i, (of_grain[i].zh if w.lang == "zh" else of_grain[i].en).title, _lacked(sorted(c), w))
        for i, c in stuck.sort("rule_id").iter_rows()
    ]


def _not_checked(m: Material, w: Words) -> list[tuple[str, str]]:
    return [(f"{i} {title}", missing) for i, title, missing in not_checked(m, w)]


def _lacked(columns: Sequence[str], w: Words) -> str:
    return ("、" if w.lang == "zh" else "; ").join(dict.fromkeys(map(w.column, columns)))


def _listed(m: Material, story: Explanation, w: Words) -> list[Block]:
    t = story.tender
    currencies = m.bids["currency"].drop_nulls().unique().to_list()
    unit = (
        currencies[0] if len(currencies) == 1 else w("prices.mixed" if currencies else "prices.no_currency")
    )
    keys = ("number", "bidder", "amount", "of_ceiling", "of_estimate", "status", "rank", "won", "submitted")
    head = [w(f"prices.{k}", **({"currency": unit} if k == "amount" else {})) for k in keys]
    rows = [
        (
            str(n),
            b["name"],
            w.money(b["amount"], b["currency"] if len(currencies) > 1 else None),
            _share(b["amount"], t["ceiling"]),
            _share(b["amount"], t["estimate"]),
            w.of("status", b["status"]),
            "–" if b["rank"] is None else str(b["rank"]),
            "–" if b["won"] is None else w("value.yes" if b["won"] else "value.no"),
            moment(b["submitted_at"], m.zone, w("value.unknown")),
        )
        for n, b in enumerate(m.bids.head(MOST).iter_rows(named=True), start=1)
    ]
    left = m.bids.height - MOST
    more = [paragraph(w("report.in_sheets", n=left), "note")] if left > 0 else []
    return [table(head, rows, [4, 26, 15, 10, 10, 8, 6, 6, 15], "llrrrlrll"), *more]


def _share(amount: object, of: object) -> str:
    return "–" if amount is None or not of else f"{float(amount) / float(of):.2%}"  # type: ignore[arg-type]


def _tenders(story: Party, zone: str, w: Words) -> list[Block]:
    rows = [
        (i, title or i, moment(at, zone, w("value.unknown")))
        for i, title, at in story.tenders.head(MOST).iter_rows()
    ]
    left = story.tenders.height - MOST
    more = [paragraph(w("report.in_sheets", n=left), "note")] if left > 0 else []
    head = [w("summary.tender"), w("summary.title"), w("summary.deadline")]
    return [table(head, rows, [30, 48, 22]), *more]


def _chain(chain: Chain, zone: str, w: Words) -> Block:
    rows = [
        (
            x.from_name, w.of("relation", x.kind), x.to_name, "–" if x.share is None else f"{x.share:.1%}",
            moment(x.since, zone, w("value.unknown"))[:10], moment(x.until, zone)[:10] or w("chains.open"),
            x.record,
        )
        for x in chain.links
    ]  # fmt: skip
    head = [w(f"chains.{k}") for k in ("from", "kind", "to", "share", "since", "until", "record")]
    return table(head, rows, [21, 11, 21, 8, 11, 11, 17], "lllrlll")


def _chance(hits: list[Finding], m: Material, w: Words) -> str:
    rule = all_rules()[hits[0].rule_id]
    known = sorted({f.p_value for f in hits if f.p_value is not None})
    if not known:
        return w("chance.fact" if rule.weight.name == "FACT" else "chance.screen")
    told = [odds(p, rule.grain, w) for p in known[:3]]
    if rule.grain == Grain.TENDER or rule.grain in PARTY_GRAINS:
        counted = m.counts.filter(pl.col("rule_id") == rule.id).select(pl.col("hit") + pl.col("clear"))
        told += [among(known[0], n, rule.grain, w) for (n,) in counted.iter_rows()]
    return "\n".join(told)


def _answers(rule_id: str, m: Material, w: Words) -> str:
    """What people found about a rule's innocent reading, newest last."""
    told = [
        f"{moment(a.at, m.zone)[:10]} {m.people.called(a.actor)}: "
        f"{w.of('answer', a.detail.get('verdict'))} {a.text or ''}"
        for a in m.people.of_kind(Kind.READING)
        if a.detail.get("rule") == rule_id
    ]
    return "\n".join(told) or w("other.unanswered")


def _sources(m: Material, w: Words) -> list[Block]:
    if m.sources.is_empty():
        return [paragraph(w("quality.no_sources"))]
    rows = [
        (source, file or "–", moment(at, m.zone), sha256)
        for source, file, sha256, at in m.sources.select(
            "source", "file", "sha256", "collected_at"
        ).iter_rows()
    ]
    head = [w(f"quality.{k}") for k in ("source", "file", "collected", "sha256")]
    return [table(head, rows, [16, 24, 20, 40])]
