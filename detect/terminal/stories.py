"""One tender or one party in a terminal: what was found, what else it could mean, what is not known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from detect.explanation import Explanation, Finding, Likeness, Party, Scored
from detect.terminal.plain import cell, say, show_table
from records.visible import visible

_INNOCENT = {"en": "Innocent reading", "zh": "可能的正当解释"}
_UNUSUAL = {"en": "Far from what its kind shows", "zh": "与同类项目相比少见"}
_TYPICAL = {"en": "typical", "zh": "常见范围"}
_DOUBTS = {"en": "Amounts to check first", "zh": "请先核对金额"}
_NOT_CHECKED = {"en": "Could not be checked", "zh": "未能核查"}
_RELATED = {"en": "Tied to these tenders by the same evidence", "zh": "同类证据所关联的其他标段"}
_WON = {
    "en": {True: "yes", False: "no", None: "not known"},
    "zh": {True: "是", False: "否", None: "未知"},
}
_BIDS = {
    "en": ("Bids", "Bidder", "Amount", "Status", "Won", "Submitted (UTC)"),
    "zh": ("投标", "投标人", "报价", "状态", "中标", "提交时间（UTC）"),
}
_LIKENESS = {
    "en": ("The pattern looks like", "{n} points", "for", "against"),
    "zh": ("形态近似于", "{n} 分", "支持", "反对"),
}
_LIKENESS_NOTE = {
    "en": "A way to read the alert, scored by a fixed table of signs; not a finding.",
    "zh": "按固定特征表计分，仅供阅读线索参考，不是结论。",
}
_SCORED = {
    "en": ("What models say of its bids and bidders", "What models say of it",
           "above {share:.0%} of its like", "probability {chance:.0%}",
           {"look": "look", "pass": "pass", "abstain": "cannot tell"}),
    "zh": ("模型对其投标和投标人的评分", "模型评分", "高于同类的 {share:.0%}", "概率 {chance:.0%}",
           {"look": "建议查看", "pass": "不突出", "abstain": "无法判断"}),
}  # fmt: skip
SCORED_ROWS = 10
"""Scores that a story shows; the JSON has all."""


def show_story(story: Explanation, lang: str, out: Console) -> None:
    """One tender: what was found, on what evidence, what else it could mean, what is not known."""
    level = story.level.name if story.level else "-"
    say(out, f"  {story.tender_id}  {story.title}", bold=level)
    say(out, story.buyer)
    say(out, story.headline + "\n")
    if story.doubts:
        say(out, f": {' '.join(story.doubts)}\n", bold=_DOUBTS[lang])
    for _, found in groupby(story.findings, key=lambda f: (f.rule_id, f.level)):
        _show_findings(list(found), lang, out)
    if story.unusual:
        say(out, bold=_UNUSUAL[lang])
    for u in story.unusual:
        typical = f"{_TYPICAL[lang]} {u.typical_low:.3g} – {u.typical_high:.3g}"
        say(out, f"  {u.label} {u.value:.3g} {u.unit} ({typical})")
    _show_bids(story.bids, lang, out)
    names = dict(story.bids.select("bidder_id", "name").iter_rows())
    _show_scored(story.scored, _SCORED[lang][0], names, lang, out)
    if story.related:
        say(out, f"{_RELATED[lang]}: {', '.join(story.related)}")
    if story.not_checked:
        unknown = "; ".join(f"{n.rule_id} {n.title}" for n in story.not_checked)
        say(out, f"{_NOT_CHECKED[lang]}: {unknown}")


def show_party(party: Party, lang: str, out: Console) -> None:
    """One party: what was found over its tenders, and what else it could mean."""
    say(out, f"  {party.kind}", bold=party.level.name)
    say(out, ", ".join(party.names) + "\n")
    for _, found in groupby(party.findings, key=lambda f: (f.rule_id, f.level)):
        _show_findings(list(found), lang, out)
    if party.likeness is not None:
        _show_likeness(party.likeness, lang, out)
    _show_scored(party.scored, _SCORED[lang][1], {}, lang, out)
    show_table(party.tenders, "标段" if lang == "zh" else "Tenders", lang, out)


def _show_findings(found: Sequence[Finding], lang: str, out: Console) -> None:
    """Findings of one rule; what they have in common is said once."""
    first = found[0]
    say(out, f" ({first.level.name})", bold=f"{first.rule_id} {first.title}")
    for sentence, f in zip(_once(f.sentence for f in found), found, strict=True):
        if sentence:
            say(out, f"  {sentence}")
        if f.subjects:
            say(out, f"  {' / '.join(f.subjects)}")
        for x in f.facts:
            sides = " = ".join(record.partition(":")[2] for record in (x.record_a, x.record_b))
            remark = f" [{x.exclusion}]" if x.exclusion else ""
            say(out, f"    {x.kind} {x.display}{remark}  {sides}")
    for law in first.law:
        say(out, f"  § {law}")
    for reason in dict.fromkeys(f.held_back for f in found if f.held_back):
        say(out, f"  {reason}")
    for outcome in dict.fromkeys(c.outcome for c in first.exclusions):
        of_it = ", ".join(f"{c.code} {c.text}" for c in first.exclusions if c.outcome == outcome)
        say(out, f"  {outcome}: {of_it}")
    say(out, f": {first.innocent}\n", bold=f"  {_INNOCENT[lang]}")


def _once(sentences: Iterable[str]) -> Iterator[str]:
    """Each sentence where it is first said, nothing where it would be repeated."""
    said: set[str] = set()
    for sentence in sentences:
        yield "" if sentence in said else sentence
        said.add(sentence)


def _show_bids(bids: pl.DataFrame, lang: str, out: Console) -> None:
    title, *heads = _BIDS[lang]
    table = Table(*heads, title=title)
    table.columns[1].justify = "right"
    for b in bids.to_dicts():
        amount = "" if b["amount"] is None else f"{b['amount']:,.2f}"
        submitted = "" if b["submitted_at"] is None else f"{b['submitted_at']:%Y-%m-%d %H:%M:%S}"
        table.add_row(Text(visible(b["name"])), amount, b["status"] or "", _WON[lang][b["won"]], submitted)
    out.print(table)


def _show_scored(
    scored: Sequence[Scored], head: str, names: Mapping[str, str], lang: str, out: Console
) -> None:
    """Scores with their reasons, the highest first; whose they are where `names` knows."""
    if scored:
        say(out, bold=head)
    _, _, above, chance, verdicts = _SCORED[lang]
    for s in scored[:SCORED_ROWS]:
        told = [names.get(s.of_id, ""), s.title, above.format(share=s.score)]
        told += [] if s.probability is None else [chance.format(chance=s.probability)]
        told += [verdicts[s.verdict]] if s.verdict else []
        say(out, "  " + " · ".join(x for x in told if x))
        for u in s.reasons:
            typical = f"{_TYPICAL[lang]} {u.typical_low:.3g} – {u.typical_high:.3g}"
            say(out, f"    {u.label} {u.value:.3g} {u.unit} ({typical})")


def _show_likeness(likeness: Likeness, lang: str, out: Console) -> None:
    """What the pattern looks like, with every value that speaks for or against it."""
    head, points, for_it, against = _LIKENESS[lang]
    say(out, f": {likeness.title} ({points.format(n=likeness.points)})", bold=head)
    for value, n in likeness.signs:
        side = for_it if n > 0 else against
        say(out, f"  {side} {n:+d}  {value.label} {cell(value.value)}")
    say(out, f"  {_LIKENESS_NOTE[lang]}\n")
