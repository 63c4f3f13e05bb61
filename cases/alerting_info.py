"""Alerts as rows of table 402 (PROJECT_ALERTING_INFO, 项目报警信息) of the national data specification.

Table and fields follow the Fujian specification (rules D.3) and the field names of a provincial code base.
The code list of ALERT_LEVEL could not be verified: the level stands there as a word. Fields that say who is
to blame or what follows (BODY_*, CONFINED_ACTION, START_DATE, END_DATE) stay empty, since a lead names
nobody; so does SIGNATURE, which is the handler's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, NamedTuple

import polars as pl

from cases.package.words import Words
from cases.tabular import write_csv
from cases.workflow import OPEN
from detect.rule import Level, Rule, all_rules

COLUMNS = (
    "TENDER_PROJECT_NAME", "TENDER_PROJECT_CODE", "BID_SECTION_CODE", "BODY_NAME", "BODY_CODE",
    "SUPERVISOR_UNIT_NAME", "SUPERVISOR_UNIT_CODE", "SUPERVISORY_NODE", "ALERT_LEVEL", "ALERT_DATE",
    "ALERT_INFO", "HANDLED", "HANDLE_RESULT", "CONFINED_ACTION", "START_DATE", "END_DATE", "OPERATOR",
    "ENTER_CREDIT_PLAT", "SIGNATURE",
)  # fmt: skip

LONGEST = 200
"""Characters of ALERT_INFO."""

ZONE = "Asia/Shanghai"
_MOMENT = "%Y%m%d%H%M%S"
_TENDER_CODE, _SECTION_CODE = 20, 23
"""Characters of the code of a tender and of its lots, which begin with it (rules D.2)."""

_LEAD = "。线索供核查，不构成认定。"


class Unit(NamedTuple):
    """The supervising unit that hands the rows on."""

    name: str | None = None
    code: str | None = None


def write_402(chunks: Iterator[pl.DataFrame], file: IO[bytes], unit: Unit) -> int:
    """Write the alerts about tenders, YELLOW and above, as CSV with the table's field names; gives the rows.

    `chunks` come from `cases.export.of_desk` or `of_run`.
    """
    return write_csv((rows(chunk, unit) for chunk in chunks), COLUMNS, file, ZONE)


def rows(alerts: pl.DataFrame, unit: Unit) -> pl.DataFrame:
    """One row per alert about a tender, in the words of the table."""
    w = Words("zh")
    known = all_rules()
    told = alerts.filter(pl.col("grain") == "tender", pl.col("level") >= Level.YELLOW)
    levels = {level.value: w(f"level.{level.name}") for level in Level}
    code = pl.col("subject_id")
    section = code.str.len_chars() == _SECTION_CODE
    handled = ~pl.col("state").is_in([s.value for s in OPEN])
    moment = pl.col("raised_at").dt.convert_time_zone(ZONE).dt.strftime(_MOMENT)
    return told.select(
        TENDER_PROJECT_NAME="title",
        TENDER_PROJECT_CODE=pl.when(section).then(code.str.head(_TENDER_CODE)),
        BID_SECTION_CODE=code,
        SUPERVISOR_UNIT_NAME=pl.lit(unit.name, pl.String),
        SUPERVISOR_UNIT_CODE=pl.lit(unit.code, pl.String),
        SUPERVISORY_NODE=pl.Series(_nodes(told, known, w), dtype=pl.String),
        ALERT_LEVEL=pl.col("level").replace_strict(levels, return_dtype=pl.String),
        ALERT_DATE=moment,
        ALERT_INFO=pl.Series(_infos(told, known), dtype=pl.String),
        HANDLED=pl.when(handled).then(pl.lit("1")).otherwise(pl.lit("0")),
        HANDLE_RESULT=pl.Series(_results(told, w), dtype=pl.String),
        OPERATOR="owner",
        ENTER_CREDIT_PLAT=pl.lit("0"),
    ).select(pl.col(c) if c in _KNOWN else pl.lit(None, pl.String).alias(c) for c in COLUMNS)


_KNOWN = frozenset(COLUMNS) - {
    "BODY_NAME", "BODY_CODE", "CONFINED_ACTION", "START_DATE", "END_DATE", "SIGNATURE",
}  # fmt: skip


def alert_info(titles: Sequence[str], longest: int = LONGEST) -> str:
    """What was found, within so many characters: whole titles as long as they fit, then how many more.

    >>> alert_info(["投标文件制作设备三码一致", "上传同公网IP"])
    '投标文件制作设备三码一致；上传同公网IP。线索供核查，不构成认定。'
    >>> alert_info(["甲" * 100, "乙" * 100], 120)[-21:]
    '甲甲甲；等共2项。线索供核查，不构成认定。'
    """
    for kept in range(len(titles), 0, -1):
        more = "" if kept == len(titles) else f"；等共{len(titles)}项"
        text = "；".join(titles[:kept]) + more + _LEAD
        if len(text) <= longest:
            return text
    first = titles[0] if titles else "报价或同场情况少见"
    return first[: longest - len(_LEAD) - 1] + ("…" if len(first) + len(_LEAD) > longest else "") + _LEAD


def _infos(alerts: pl.DataFrame, known: Mapping[str, Rule]) -> list[str]:
    return [
        alert_info([known[i].zh.title if i in known else i for i in ids or ()])
        for ids in alerts["rule_ids"].to_list()
    ]


def _nodes(alerts: pl.DataFrame, known: Mapping[str, Rule], w: Words) -> list[str | None]:
    """The moments at which the rules' inputs arise, in their order."""
    points = [
        sorted({known[i].point.value for i in ids or () if i in known})
        for ids in alerts["rule_ids"].to_list()
    ]
    return ["、".join(w(f"point.{p}") for p in of) or None for of in points]


def _results(alerts: pl.DataFrame, w: Words) -> list[str | None]:
    """What became of each, empty as long as somebody still has to look."""
    waiting = {s.value for s in OPEN}
    return [
        None
        if state in waiting
        else w.of("state", state) + (f"（{w.of('ground', reason)}）" if reason else "")
        for state, reason in alerts.select("state", "reason").iter_rows()
    ]
