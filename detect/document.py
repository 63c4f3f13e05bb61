"""The rule catalogue as pages in English and Chinese: `python -m detect.document` writes them."""

import inspect
import re
from pathlib import Path
from typing import NamedTuple

from detect.columns import column_of
from detect.exclusions import applicable
from detect.laws import MARKS, cite
from detect.rule import Point, Rule, Words, all_rules
from features.catalogue import Grain
from records.tables import Mechanism

PAGES = {"en": Path("docs/rules.en.md"), "zh": Path("docs/rules.zh.md")}


class Terms(NamedTuple):
    """The words of the page itself, in one language."""

    title: str
    preface: str
    lines: tuple[str, ...]
    always: str
    unknown: str
    none: str


_TERMS = {
    "en": Terms(
        "Rules",
        "Each rule gives one of four states per tender: *hit*, *clear*, *not evaluable* (an input is not on "
        "record), *not applicable*. RED becomes ORANGE where none of the rule's laws is known to hold at the "
        "tender's place and deadline. A hit is a reason to look, never a finding of guilt.",
        ("Detects", "Sentence", "Level", "Law", "Known from", "Reads", "Limits", "By chance", "Applies to",
         "Exclusions", "Innocent reading", "Version"),
        "all tenders", "mechanism not on record", "none",
    ),
    "zh": Terms(
        "规则目录",
        "每条规则对每个标段给出四种状态之一：命中、未命中、无法评估（缺少输入数据）、不适用。"
        "若规则所引法条在该标段所在地和截止时间未知是否有效，红色降为橙色。命中只表示值得查看，不构成认定。",
        ("检测内容", "提示语", "级别", "法律依据", "可用时点", "读取", "参数", "偶然命中率", "适用范围",
         "排除项", "可能的正当解释", "版本"),
        "全部标段", "评标办法未记录", "无",
    ),
}  # fmt: skip

LEVELS_ZH = {"RED": "红", "ORANGE": "橙", "YELLOW": "黄", "INFO": "背景"}
MECHANISMS_ZH = {
    Mechanism.LOWEST: "最低价", Mechanism.MEAN_BENCHMARK: "均值基准", Mechanism.SCORED: "综合评分",
    Mechanism.RATE: "费率", Mechanism.FIXED: "固定价", Mechanism.LOTTERY: "抽签", Mechanism.AUCTION: "竞价",
}  # fmt: skip
_POINTS = {
    Point.REGISTRATION: ("registration", "报名"),
    Point.DEPOSIT: ("deposit", "缴纳保证金"),
    Point.UPLOAD: ("upload", "上传"),
    Point.OPENING: ("opening", "开标"),
    Point.EVALUATION: ("evaluation", "评标"),
    Point.AWARD: ("award", "定标"),
    Point.CONTRACT: ("contract", "履约"),
    Point.HISTORY: ("history", "历史批次"),
}


def catalogue_markdown(lang: str) -> str:
    """The catalogue page in `en` or `zh`."""
    terms = _TERMS[lang]
    sections = [_section(r, lang) for r in all_rules().values()]
    return "\n\n".join([f"# {terms.title}", terms.preface, *sections]) + "\n"


def limit_reasons(rule: Rule) -> dict[str, tuple[str, str]]:
    """Why each limit has its default, in English and Chinese, from the docstring's `Limits:` section.

    >>> limit_reasons(all_rules()["B01"])["min_days"][0]
    'the statutory minimum; exactly twenty days are lawful.'
    """
    _, _, section = (inspect.getdoc(rule.predicate) or "").partition("Limits:\n")
    entries = re.split(r"^    (?=\w+: )", section, flags=re.MULTILINE)[1:]
    found = {}
    for entry in entries:
        name, _, reasons = entry.partition(": ")
        en, _, zh = re.sub(r"\s+", " ", reasons).partition("|")
        found[name] = (en.strip(), zh.strip())
    return found


def told(rule: Rule, lang: str) -> list[tuple[str, str]]:
    """What the catalogue says of a rule in `en` or `zh`: label and text, lines without text left out."""
    terms = _TERMS[lang]
    words = rule.zh if lang == "zh" else rule.en
    exclusions = [f"{x.code} {x.zh if lang == 'zh' else x.en}" for x in applicable(rule)]
    weaker = "".join(f"\n  * {_level(at.name, lang)}: {text}" for at, text in words.weaker.items())
    values = (
        rule.statement if lang == "en" else "",
        words.sentence + weaker,
        _levels(rule, lang),
        "; ".join(_law(i, lang) for i in rule.law) or terms.none,
        f"{rule.point.value} {_POINTS[rule.point][lang == 'zh']}",
        "; ".join(_input(name, rule.grain, lang) for name in rule.reads),
        "; ".join(_limits(rule, lang)) or terms.none,
        _chance(rule, lang),
        _scope(rule, terms, lang),
        "; ".join(exclusions),
        words.innocent,
        str(rule.version),
    )
    return [(k, v) for k, v in zip(terms.lines, values, strict=True) if v]


def _section(rule: Rule, lang: str) -> str:
    words = rule.zh if lang == "zh" else rule.en
    return "\n".join([f"## {rule.id} {words.title}", "", *(f"* **{k}:** {v}" for k, v in told(rule, lang))])


def _levels(rule: Rule, lang: str) -> str:
    words: Words = rule.zh if lang == "zh" else rule.en
    names = sorted({rule.level, *words.weaker}, reverse=True)
    return ", ".join(_level(level.name, lang) for level in names)


def _level(name: str, lang: str) -> str:
    return LEVELS_ZH[name] if lang == "zh" else name


def _law(law_id: str, lang: str) -> str:
    law = cite([law_id])[0]
    title, check = (law.zh, MARKS[law.mark][1]) if lang == "zh" else (law.en, MARKS[law.mark][0])
    return f"{title} (`{law.id}`, {check})"


def _input(name: str, grain: Grain, lang: str) -> str:
    column = column_of(name, grain)
    meaning = (column.zh or column.meaning) if lang == "zh" else column.meaning.rstrip(".")
    return f"`{name}` {meaning}".strip()


def _limits(rule: Rule, lang: str) -> list[str]:
    reasons = limit_reasons(rule)
    return [f"`{k}` = {v} ({reasons[k][lang == 'zh']})" for k, v in rule.limits.items()]


def _chance(rule: Rule, lang: str) -> str:
    """How often the rule hits where nobody agrees anything; nothing for facts and plain screens."""
    if rule.rate is None:
        return ""
    zh, en = ("出现命中的市场", "markets") if rule.nominal == "max_q" else ("受检对象", "what it judges")
    if lang == "zh":
        return f"各方独立投标时，命中不超过{zh}的 {rule.rate:.2g}"
    return f"at most {rule.rate:.2g} of {en} where nobody agrees anything"


def _scope(rule: Rule, terms: Terms, lang: str) -> str:
    conditions = [(c.zh if lang == "zh" else c.en).format(**rule.limits) for c in rule.conditions]
    return "; ".join([*_mechanisms(rule, terms, lang), *conditions]) or terms.always


def _mechanisms(rule: Rule, terms: Terms, lang: str) -> list[str]:
    if rule.mechanisms is None:
        return []
    allowed = [m for m in Mechanism if m in rule.mechanisms]
    names = [MECHANISMS_ZH[m] if lang == "zh" else m.value.replace("_", " ") for m in allowed]
    return ["/".join([*names, *([terms.unknown] if None in rule.mechanisms else [])])]


def main() -> None:
    """Write the pages below the working directory."""
    for lang, path in PAGES.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(catalogue_markdown(lang), "utf-8")


if __name__ == "__main__":
    main()
