"""Lists in a terminal: alerts, parties, rules."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from detect.explanation import Party
from detect.rule import Level, Rule
from detect.terminal.plain import say
from records.visible import visible

LEADS = {
    "en": "Leads to look at, not findings: every alert lists its innocent readings (bidlens explain).",
    "zh": "以下均为线索，不是结论：每条线索都附可能的正当解释（bidlens explain）。",
}
"""What stands below every list."""

_ALERTS = {"en": ("Level", "Attention", "Tender", "Why"), "zh": ("级别", "关注度", "标段", "原因")}
_RULES = {"en": ("Id", "Level at most", "Title", "Laws"), "zh": ("编号", "最高级别", "名称", "法条")}
NAMED = 6
"""Names of one party that a list shows; its page shows all."""


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
    say(out, LEADS[lang])


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
    say(out, LEADS[lang])


def show_rules(listed: Sequence[Mapping[str, Any]], lang: str, out: Console) -> None:
    """The rule catalogue in short."""
    table = Table(*_RULES[lang])
    for r in listed:
        table.add_row(r["id"], r["level"], r["title"], ", ".join(r["law"]))
    out.print(table)


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
