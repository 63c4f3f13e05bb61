"""O02: the same firms turn up together, and something else links them."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O02",
    level=Level.ORANGE,
    grain=Grain.GROUP,
    weight=Weight.GROUP,
    point=Point.HISTORY,
    law=("CN-REG-39",),
    en=Words(
        "Firms that keep company and are linked",
        "Two or more of these {group_size} firms bid in the same {group_meetings} tenders, and "
        "{identifier_pairs} pair(s) of them share rare identifiers ({identifier_rarity:.1f} bits, "
        "{identifier_families} kind(s) of evidence).",
        "Firms of one building, one holding or one bid-writing office that compete in a small trade.",
        {
            Level.INFO: "Two or more of these {group_size} firms bid in the same {group_meetings} tenders, "
            "more often than their market explains; by itself that is what neighbours in a trade do."
        },
    ),
    zh=Words(
        "多家企业经常同场且存在关联",
        "这 {group_size} 家企业中两家以上同场投标 {group_meetings} 次，且有"
        " {identifier_pairs} 对企业共用稀有标识（{identifier_rarity:.1f} 比特，"
        "{identifier_families} 类证据）。",
        "同楼办公、同一集团或由同一机构代做标书，而所处行业较小。",
        {
            Level.INFO: "这 {group_size} 家企业中两家以上同场投标 {group_meetings} 次，"
            "多于所在市场可解释的程度；仅此一点，同行相邻企业亦会如此。"
        },
    ),
)
def keeping_company(
    group_meetings: pl.Expr,
    identifier_pairs: pl.Expr,
    identifier_rarity: pl.Expr,
    *,
    min_meetings: int = 5,
    min_rarity: float = 10.0,
) -> dict[Level, pl.Expr]:
    """Firms meet in tenders more often than their market explains and share rare identifiers.

    Groups are found by a hypergeometric test within strata, so that they meet often is no second
    finding; firms that specialise alike pass that test honestly, and markets without any agreement hold
    some twenty such groups. Hence INFO, and ORANGE only where devices, accounts or people link members.

    Example: four firms met in 12 tenders; two of them, of 1,000 bidders, share a deposit account nobody
    else uses (log2(1000 / 2) = 9.0 bits) and a device of three firms (8.4 bits): 17.4 bits, ORANGE.

    Limits:
        min_meetings: fewer meetings are too few to call it a habit.
            | 少于五次同场不足以说明习惯。
        min_rarity: ten bits are what one pair in a thousand shares. A value of one kind seldom reaches
            that, as few firms are in one market, so two kinds of evidence must agree; a choice.
            | 十比特相当于千分之一的稀有度；单一类型的标识很少达到，通常需两类证据一致，属设定值。

    """
    company = group_meetings >= min_meetings
    linked = (identifier_pairs > 0) & (identifier_rarity >= min_rarity)
    return {Level.INFO: company, Level.ORANGE: company & linked.fill_null(False)}


@keeping_company.applies("three firms or more", "至少三家企业")
def a_group(group_size: pl.Expr) -> pl.Expr:
    """Two firms are a pair."""
    return group_size >= 3


@keeping_company.applies("not a thin market", "所在市场主体不少于六家")
def other_firms_are_active(thin_market: pl.Expr) -> pl.Expr:
    """Where there are five firms, the same five meet (rules FX10)."""
    return ~thin_market
