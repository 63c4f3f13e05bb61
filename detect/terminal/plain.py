"""One line or one small table in a terminal. Data are never markup, and steer nothing."""

from datetime import datetime

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from records.visible import visible

LINE = 4_000
"""Characters of one line; far above what any line of ours needs."""
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
    "setting": "设置项", "source": "来源", "meaning": "含义",
}  # fmt: skip


def say(out: Console, text: str = "", *, bold: str = "") -> None:
    """Print one line as it is, after a word in bold; a line break at its end leaves a blank line."""
    line = Text.assemble((bold, "bold"), visible(text.removesuffix("\n"), longest=LINE))
    out.print(line, end="\n\n" if text.endswith("\n") else "\n", highlight=False, soft_wrap=False)


def show_table(table: pl.DataFrame, title: str, lang: str, out: Console) -> None:
    """Any small table, numbers to the right."""
    shown = Table(title=title)
    for name, dtype in table.schema.items():
        head = _COLUMNS_ZH.get(name, name) if lang == "zh" else name.replace("_", " ")
        shown.add_column(head, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in table.iter_rows():
        shown.add_row(*(cell(value) for value in row))
    out.print(shown)


def cell(value: object) -> str:
    """A value in short: three digits of a fraction, a date, nothing for what is unknown."""
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    return f"{value:,}" if isinstance(value, int) else visible("" if value is None else value)
