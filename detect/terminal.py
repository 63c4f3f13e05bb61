"""How reports and explanations read in a terminal. Data are never markup, and steer nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from detect.counterfactual import Counterfactual
from detect.explanation import Explanation, Finding, Likeness, Party, Scored
from detect.rule import Level, Rule
from records.report import ImportReport
from records.visible import visible

LINE = 4_000
"""Characters of one line; far above what any line of ours needs."""

_INNOCENT = {"en": "Innocent reading", "zh": "可能的正当解释"}
_UNUSUAL = {"en": "Far from what its kind shows", "zh": "与同类项目相比少见"}
_TYPICAL = {"en": "typical", "zh": "常见范围"}
_DOUBTS = {"en": "Amounts to check first", "zh": "请先核对金额"}
_NOT_CHECKED = {"en": "Could not be checked", "zh": "未能核查"}
_RELATED = {"en": "Tied to these tenders by the same evidence", "zh": "同类证据所关联的其他标段"}
_COUNTERFACTUAL = {
    "en": {
        "changed": "Tenders that another firm would have won",
        "pivotal": "Tenders that a member won and would not have without the other members",
        "dearer": "Mean price against the price without them",
    },
    "zh": {
        "changed": "将由其他企业中标的标段",
        "pivotal": "成员中标、且若无其他成员则不会中标的标段",
        "dearer": "相对无这些投标人时的平均价格变化",
    },
}
_WON = {
    "en": {True: "yes", False: "no", None: "not known"},
    "zh": {True: "是", False: "否", None: "未知"},
}
_LEADS = {
    "en": "Leads to look at, not findings: every alert lists its innocent readings (bidlens explain).",
    "zh": "以下均为线索，不是结论：每条线索都附可能的正当解释（bidlens explain）。",
}
_ALERTS = {"en": ("Level", "Attention", "Tender", "Why"), "zh": ("级别", "关注度", "标段", "原因")}
_RULES = {"en": ("Id", "Level at most", "Title", "Laws"), "zh": ("编号", "最高级别", "名称", "法条")}
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
_VERDICTS_ZH = {
    "supported": "可检查", "partly": "部分可检查", "not evaluable": "无法检查", "not applicable": "不适用",
}  # fmt: skip
_COVERAGE = {
    "en": ("What the records can and cannot support", "Rule", "Verdict", "hit", "clear", "no data", "n/a",
           "Held back by missing"),
    "zh": ("现有数据能支持与不能支持的规则", "规则", "结论", "命中", "未命中", "无数据", "不适用",
           "缺少的数据"),
}  # fmt: skip

_KNOWN = {
    "en": ("Models, and features that are not known everywhere", "Model or feature", "Held back by",
           "{n} further features are known in every row."),
    "zh": ("模型与并非处处可得的特征", "模型或特征", "缺少的数据", "另有 {n} 个特征在每一行都可得。"),
}  # fmt: skip


def show_import(report: ImportReport, out: Console) -> None:
    """Rows read, kept, repaired and set aside, table by table, and everything worth knowing."""
    if report.already_imported:
        out.print("These files were imported before; nothing changed.")
        return
    table = Table(title=f"Records, version {report.version}")
    for name in ("Table", "read", "kept", "repaired", "quarantined"):
        table.add_column(name, justify="left" if name == "Table" else "right")
    for name, t in report.tables.items():
        table.add_row(name, *(f"{n:,}" for n in (t.read, t.kept, t.repaired, t.quarantined)))
    out.print(table)
    for what, n in _remarks(report):
        say(out, f"  {n:>8,}  {what}")


def show_alerts(alerts: pl.DataFrame, rules: Mapping[str, Rule], title: str, lang: str, out: Console) -> None:
    """Alerts, worst first, with what raised them."""
    table = Table(title=title)
    level, attention, tender, why = _ALERTS[lang]
    table.add_column(level)
    table.add_column(attention, justify="right")
    table.add_column(tender, overflow="fold")
    table.add_column(why, overflow="fold")
    for row in alerts.to_dicts():
        fired = (f"{i} {_title(rules[i], lang)}" for i in row["rule_ids"] if i in rules)
        tender = "\n".join(visible(x) for x in (row["tender_id"], row["title"], row["buyer_name"]) if x)
        why = "; ".join(fired) or _rare(row["score"], lang)
        table.add_row(Level(row["level"]).name, f"{row['attention']:.0f}", Text(tender), why)
    out.print(table)
    say(out, _LEADS[lang])


def show_rules(listed: Sequence[Mapping[str, Any]], lang: str, out: Console) -> None:
    """The rule catalogue in short."""
    table = Table(*_RULES[lang])
    for r in listed:
        table.add_row(r["id"], r["level"], r["title"], ", ".join(r["law"]))
    out.print(table)


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


def show_coverage(coverage: Sequence[Mapping[str, Any]], lang: str, out: Console) -> None:
    """Per rule: tenders in each state, and which missing columns hold it back."""
    title, rule, verdict, *states, missing = _COVERAGE[lang]
    verdicts = _VERDICTS_ZH if lang == "zh" else {}
    table = Table(title=title)
    for name in (rule, verdict):
        table.add_column(name, overflow="fold")
    for name in states:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(missing, overflow="fold")
    for r in coverage:
        counts = (f"{r[s]:,}" for s in ("hit", "clear", "not_evaluable", "not_applicable"))
        table.add_row(
            f"{r['rule_id']} {r['title']}", verdicts.get(r["verdict"], r["verdict"]), *counts, r["missing"]
        )
    out.print(table)


def show_known(features: pl.DataFrame, models: pl.DataFrame, lang: str, out: Console) -> None:
    """Features that are not known everywhere, and how many tenders each model can score."""
    title, of, missing, rest = _KNOWN[lang]
    table = Table(of, "", missing, title=title)
    table.columns[1].justify = "right"
    partly = features.filter(pl.col("known") < pl.col("n")).sort("known", "feature")
    for m in models.to_dicts():
        table.add_row(m["title"], f"{m['scored']:,} / {m['n']:,}", m["missing"])
    for f in partly.to_dicts():
        table.add_row(f"{f['grain']}.{f['feature']}", f"{f['known']:,} / {f['n']:,}", f["missing"])
    out.print(table)
    say(out, rest.format(n=features.height - partly.height))


_COLUMNS_ZH = {
    "value": "取值", "hit": "命中", "clear": "未命中", "not_evaluable": "无数据", "not_applicable": "不适用",
    "rule_id": "规则", "rule_a": "规则甲", "rule_b": "规则乙", "tenders": "标段数", "alone": "仅此规则",
    "listing": "清单", "kind": "类型", "display": "值", "owner": "责任人", "reason": "理由",
    "valid_from": "生效日", "valid_to": "失效日", "tender_id": "标段", "title": "名称",
    "deadline_at": "截止时间",
    "case_id": "串并案", "level": "级别", "first_deadline": "最早截止", "last_deadline": "最晚截止",
    "bidders": "投标人",
    "rule": "评标规则", "n_bids": "报价数", "members": "其中所列投标人",
    "winner": "中标人", "price": "中标价",
    "member_won": "所列投标人中标", "winner_without": "剔除后的中标人", "price_without": "剔除后的中标价",
    "changed": "结果改变", "pivotal": "依赖其他成员",
    "both": "同时命中", "of_a": "占甲", "of_b": "占乙",
}  # fmt: skip


def show_table(table: pl.DataFrame, title: str, lang: str, out: Console) -> None:
    """Any small table, numbers to the right."""
    shown = Table(title=title)
    for name, dtype in table.schema.items():
        head = _COLUMNS_ZH.get(name, name) if lang == "zh" else name.replace("_", " ")
        shown.add_column(head, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in table.iter_rows():
        shown.add_row(*(_cell(value) for value in row))
    out.print(shown)


def show_counterfactual(found: Counterfactual, rows: int, lang: str, out: Console) -> None:
    """The awards that would have gone elsewhere, how often that is, and what was left out."""
    zh = lang == "zh"
    kept = found.tenders.filter(pl.col("changed") | pl.col("pivotal")).head(rows)
    replayed = found.tenders.height
    title = (
        f"没有这些投标人时的结果（{replayed} 个标段）" if zh else f"Without these bidders, {replayed} tenders"
    )
    show_table(kept, title, lang, out)
    names = _COUNTERFACTUAL[lang]
    for name, told in names.items():
        of = "{:+.2%}" if name == "dearer" else "{:.1f}"
        seen, usual = of.format(found.found[name]), of.format(found.usual[name])
        like = f"同数量随机投标人平均 {usual}，偶然概率" if zh else f"random groups as large {usual}, chance"
        say(out, f"{told}: {seen} ({like} {found.p[name]:.3g})")
    left = (found.entered, found.unexplained, found.too_few)
    say(out, _rest(left, zh))
    say(out, _LEADS[lang])


def _rest(left: tuple[int, int, int], zh: bool) -> str:
    """How many tenders the bidders entered, and why some were not replayed."""
    entered, unexplained, too_few = left
    if zh:
        return (
            f"共参与 {entered} 个均值法标段；{unexplained} 个的中标人无法由规则复现，"
            f"{too_few} 个剩余报价过少，未计入。"
        )
    return (
        f"Of {entered} tenders entered, {unexplained} are left out since the rule names another winner, "
        f"{too_few} since too few bids remain."
    )


def show_parties(
    parties: Sequence[Party], rules: Mapping[str, Rule], title: str, lang: str, out: Console
) -> None:
    """Parties worth a look, worst first, with what raised them."""
    level, _, _, why = _ALERTS[lang]
    who, tenders = ("涉及方", "标段数") if lang == "zh" else ("Who", "Tenders")
    table = Table(level, who, tenders, why, title=title)
    table.columns[2].justify = "right"
    for party in parties:
        fired = "; ".join(f"{i} {_title(rules[i], lang)}" for i in party.rule_ids if i in rules)
        names = "\n".join(visible(name) for name in party.names[:NAMED])
        more = f"\n+{len(party.names) - NAMED}" if len(party.names) > NAMED else ""
        table.add_row(party.level.name, Text(f"{party.kind}\n{names}{more}"), f"{party.n_tenders:,}", fired)
    out.print(table)
    say(out, _LEADS[lang])


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
        say(out, f"  {side} {n:+d}  {value.label} {_cell(value.value)}")
    say(out, f"  {_LIKENESS_NOTE[lang]}\n")


NAMED = 6
"""Names of one party that a list shows; its page shows all."""


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    return f"{value:,}" if isinstance(value, int) else visible("" if value is None else value)


def say(out: Console, text: str = "", *, bold: str = "") -> None:
    """Print one line as it is, after a word in bold; a line break at its end leaves a blank line."""
    line = Text.assemble((bold, "bold"), visible(text.removesuffix("\n"), longest=LINE))
    out.print(line, end="\n\n" if text.endswith("\n") else "\n", highlight=False, soft_wrap=False)


def _title(rule: Rule, lang: str) -> str:
    return (rule.zh if lang == "zh" else rule.en).title


def _rare(score: float | None, lang: str) -> str:
    if score is None:
        return ""
    share = f"{1 - score:.1%}"
    return (
        f"报价与同场情况少见（同类中前 {share}）"
        if lang == "zh"
        else f"prices or company in the rarest {share} of its kind"
    )


def _remarks(report: ImportReport) -> Iterator[tuple[str, int]]:
    for table, t in report.tables.items():
        yield from ((f"{table} set aside: {why}", n) for why, n in t.reasons.items())
        yield from ((f"{table} repaired: {what}", n) for what, n in t.repairs.items())
    yield from ((f"mended while reading: {what}", n) for what, n in report.mended_by_reader.items())
    yield from ((f"records that are no row: {why}", n) for why, n in report.unreadable.items())
    left = {
        **report.orphans,
        "unit slips": report.unit_slips,
        "tenders whose bids are ten times apart and more": report.mixed_scales,
        "credit codes with look-alike letters": report.look_alikes,
    }
    yield from ((f"left as they are: {what}", n) for what, n in left.items() if n)


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
