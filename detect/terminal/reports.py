"""Reports in a terminal: an import, what the records support, awards replayed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from detect.counterfactual import Counterfactual
from detect.terminal.lists import LEADS
from detect.terminal.plain import say, show_table
from records.report import ImportReport

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
    say(out, LEADS[lang])


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
