"""What the rules about legal periods have in common (rules B01, B01A to B01D).

Each period is a rule of its own, so that a date that is not on record for one hides nothing about another,
and so that each rests on its own provision.
"""

import polars as pl

from detect.terms import Level


def graded(short: pl.Expr, mandatory: pl.Expr, jurisdiction: pl.Expr) -> dict[Level, pl.Expr]:
    """RED where tendering is known to be mandatory, INFO where it is not.

    Null, so not evaluable, where the jurisdiction is unknown.

    >>> rows = pl.DataFrame({"short": [True, True, False], "must": [True, None, True], "at": ["CN"] * 3})
    >>> rows.select(e.alias(k.name) for k, e in graded(*map(pl.col, rows.columns)).items()).rows()
    [(True, True), (False, True), (False, False)]
    """
    known = pl.when(jurisdiction.is_not_null()).then(short)
    return {Level.RED: known & mandatory.fill_null(False), Level.INFO: known}


def in_china(jurisdiction: pl.Expr) -> pl.Expr:
    """The periods are Chinese law; other minimums are not on record."""
    return jurisdiction.str.starts_with("CN")


def tendering_is_mandatory(mandatory: pl.Expr) -> pl.Expr:
    """The law leaves voluntary tenders free."""
    return mandatory


def tendered(procurement_method: pl.Expr) -> pl.Expr:
    """Negotiation and direct award have no such period."""
    return procurement_method.is_in(["open", "selective"])


IN_CHINA = ("what the law demands is on record for China only", "仅收录中国法律规定")
MANDATORY = ("tendering is mandatory", "依法必须招标项目")
TENDERED = ("an open or invited tender", "公开招标或邀请招标")
"""What the conditions are called, in both languages."""
