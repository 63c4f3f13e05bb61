"""E12: CA certificates of different bidders were applied for together."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E12",
    level=Level.YELLOW,
    grain=Grain.TIE,
    weight=Weight.PATTERN,
    point=Point.UPLOAD,
    law=("CN-REG-40-2",),
    en=Words(
        "CA certificates applied for together",
        "The two firms' CA certificates were applied for by one person, or at one service point "
        "{minutes_apart_ca_point} minutes and {numbers_apart_ca_point} serial numbers apart.",
        "An authorised dealer that applies for many customers; a group purchase day; two firms that queued "
        "behind each other.",
    ),
    zh=Words(
        "CA证书集中办理",
        "两家企业的CA证书由同一人经办，或在同一网点相隔 {minutes_apart_ca_point} 分钟、"
        "{numbers_apart_ca_point} 个序号办理。",
        "代众多客户办理的授权经销商；集中办理日；前后排队的两家企业。",
    ),
)
def ca_certificates_together(
    shared_ca_handler: pl.Expr,
    shared_ca_point: pl.Expr,
    holders_ca_handler: pl.Expr,
    minutes_apart_ca_point: pl.Expr,
    numbers_apart_ca_point: pl.Expr,
    *,
    max_minutes: float = 5.0,
    max_numbers: int = 3,
    max_holders: int = 10,
) -> pl.Expr:
    """The CA certificates of two bidders of one tender were applied for together.

    By one handler who has served few firms, or at one service point within minutes or with neighbouring
    serial numbers (rules E12).

    Limits:
        max_minutes: time between two applications of one visit (rules E12).
            | 一次办理中两份申请的间隔。
        max_numbers: distance of serial numbers of one visit (rules E12).
            | 一次办理中证书序号的间隔。
        max_holders: firms that one handler may have served; more make it a dealer (rules E12 clears more
            than ten issues in an hour).
            | 同一经办人服务过的企业数上限；更多说明其为经销商。

    """
    handler = (shared_ca_handler > 0) & (holders_ca_handler <= max_holders).fill_null(False)
    close = (minutes_apart_ca_point <= max_minutes) | (numbers_apart_ca_point <= max_numbers)
    visit = (shared_ca_point > 0) & close.fill_null(False)
    known = shared_ca_handler.is_not_null() | shared_ca_point.is_not_null()
    return pl.when(known).then(handler.fill_null(False) | visit.fill_null(False))
