"""B07: a firm wins with one agency far more than elsewhere."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B07",
    level=Level.YELLOW,
    grain=Grain.BIDDER,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-LAW-50",),
    nominal="max_q",
    en=Words(
        "Wins gather at one agency",
        "This firm won {agency_wins} tenders run by agency {top_agency}, {agency_win_lift:.1f} times its "
        "rate "
        "of winning in all (chance {agency_wins_p:.1g}, false discovery rate {agency_wins_q:.1g}).",
        "The agency serves the trade or place in which the firm is strongest, or ran the lots of one large "
        "project.",
    ),
    zh=Words(
        "中标集中于同一代理机构",
        "该企业在代理机构 {top_agency} 组织的项目中中标 {agency_wins} 次，为其总体中标率的 "
        "{agency_win_lift:.1f} 倍（偶然概率 {agency_wins_p:.1g}，错误发现率 {agency_wins_q:.1g}）。",
        "该代理机构主要服务于该企业擅长的行业或地区；同一大项目分若干标段由其组织。",
    ),
)
def agency_and_winner(
    agency_wins: pl.Expr,
    agency_win_lift: pl.Expr,
    agency_wins_q: pl.Expr,
    *,
    min_wins: int = 4,
    min_lift: float = 3.0,
    max_q: float = 0.01,
) -> pl.Expr:
    """A firm wins far more of the tenders that one agency runs than of the others that it enters.

    Its entries are given, so that a firm which meets the agency often is no favourite for that. The null is
    that its wins fall on any of its tenders (hypergeometric), adjusted for all firms and agencies.
    Example: 9 wins in 10 tenders with the agency and 2 in 40 elsewhere: 4.1 times its rate in all.

    Limits:
        min_wins: more than three, as a supervision system in use counts; that system has no other test.
            | 多于三次，与在用监管系统一致（该系统别无检验）。
        min_lift: three times its own rate (rules B07).
            | 为自身总体中标率的三倍。
        max_q: of a hundred such findings one is expected to be chance.
            | 每百个发现中预期至多一个出于偶然。

    """
    return (agency_wins >= min_wins) & (agency_win_lift >= min_lift) & (agency_wins_q <= max_q)


@agency_and_winner.applies("more than a handful of firms are active there (FX10)", "市场主体多于五家（FX10）")
def market_not_thin(agency_thin_market: pl.Expr) -> pl.Expr:
    """Where few firms are active, they win."""
    return ~agency_thin_market


@agency_and_winner.chance
def by_chance(agency_wins_p: pl.Expr) -> pl.Expr:
    """Chance of it if the wins fall on any of the firm's tenders."""
    return agency_wins_p
