"""O03: one member of a group wins when they meet."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O03",
    level=Level.ORANGE,
    grain=Grain.GROUP,
    weight=Weight.GROUP,
    point=Point.HISTORY,
    law=("CN-REG-39",),
    nominal="max_q",
    en=Words(
        "One firm wins whenever these meet",
        "One of these firms won {top_winner_wins} of the {group_contests} tenders that most of them entered "
        "and one of them won (chance {top_winner_p:.1g} if they were equals); without them it won "
        "{top_wins_elsewhere} of {top_bids_elsewhere}, which would give {top_wins_due:.1f} here.",
        "A firm that is cheaper or better at just the work for which these firms meet.",
    ),
    zh=Words(
        "同场时固定一家中标",
        "这些企业多数同场且由其中一家中标的 {group_contests} 个标段中，同一家企业中标 {top_winner_wins} 个"
        "（若各家机会均等，偶然概率 {top_winner_p:.1g}）；其余企业不在场时，该企业 {top_bids_elsewhere} 次"
        "投标中标 {top_wins_elsewhere} 次，据此推算应中 {top_wins_due:.1f} 个。",
        "该企业恰在这些企业同场的业务上成本更低或质量更好。",
    ),
)
def one_winner_of_a_group(
    top_winner_wins: pl.Expr,
    group_top_share: pl.Expr,
    top_winner_p: pl.Expr,
    top_winner_q: pl.Expr,
    top_wins_due: pl.Expr,
    top_bids_elsewhere: pl.Expr,
    top_wins_elsewhere: pl.Expr,
    designated_p: pl.Expr,
    identifier_rarity: pl.Expr,
    *,
    min_share: float = 0.5,
    max_q: float = 0.1,
    linked_p: float = 0.01,
    strong_p: float = 0.001,
    max_designated_p: float = 0.05,
    min_rarity: float = 10.0,
) -> dict[Level, pl.Expr]:
    """One member wins most tenders in which the group meets, more than equal chances and its own record give.

    Members that are cheaper win more without any agreement, so equal chances alone are no fair null: the
    firm must also win more here than where it bids without the others. ORANGE where that record, too, is
    contradicted (or rare identifiers link the members).

    Example: a firm won 9 of 10 contests among five (p = 0.001 among equals) and 5 of 11 tenders without
    them. That record gives 5.9 wins in the ten, and nine of them have chance 0.02: ORANGE.

    Limits:
        min_share: the firm wins at least every second contest. The guide says 80 %, but a group's contests
            include meetings by chance, which dilute any habit.
            | 至少半数中标；通行口径为80%，但同场标段中混有偶然相遇，会稀释规律。
        max_q: one false finding in ten among the groups named; several groups are tried in every market.
            | 命中群组中错误发现率不超过一成（每个市场检验多个群组）。
        linked_p: with linked members the usual one in a hundred suffices, since the link is evidence of its
            own. | 成员间另有关联时，百分之一即可，关联本身为独立证据。
        strong_p: what a strong lead asks of any statistic. | 强线索通用的千分之一标准。
        max_designated_p: chance of so many wins by the firm's own record elsewhere, for ORANGE.
            | 按该企业组外记录，中标如此之多的偶然概率（用于橙色）。
        min_rarity: rarity of shared identifiers from which members count as linked, as in O02.
            | 视为存在关联的共用标识稀有度，同 O02。
        min_contests: five contests are the fewest of which a habit can be seen. | 至少五个标段才能看出规律。
        min_elsewhere: without three tenders of its own there is no record to compare with.
            | 组外投标少于三次则无记录可比。

    """
    linked = (identifier_rarity >= min_rarity).fill_null(False)
    rare = (top_winner_q <= max_q) | (linked & (top_winner_p <= linked_p))
    more = (top_winner_wins > top_wins_due) & (top_wins_elsewhere < top_bids_elsewhere)
    seen = (group_top_share >= min_share) & more & rare
    strong = (top_winner_p <= strong_p) & (designated_p <= max_designated_p)
    return {Level.YELLOW: seen, Level.ORANGE: seen & (strong | linked)}


@one_winner_of_a_group.applies("at least {min_contests} such tenders", "至少 {min_contests} 个此类标段")
def met_often(group_contests: pl.Expr, *, min_contests: int = 5) -> pl.Expr:
    """A habit needs occasions."""
    return group_contests >= min_contests


@one_winner_of_a_group.applies(
    "the winner bid in {min_elsewhere} tenders without the others",
    "主要中标企业单独参与至少 {min_elsewhere} 个标段",
)
def has_a_record_elsewhere(top_bids_elsewhere: pl.Expr, *, min_elsewhere: int = 3) -> pl.Expr:
    """A best firm that never bids without the others cannot be told from a chosen one."""
    return top_bids_elsewhere >= min_elsewhere


@one_winner_of_a_group.applies("not a thin market", "所在市场主体不少于六家")
def other_firms_are_active(thin_market: pl.Expr) -> pl.Expr:
    """Where there are five firms, the best of them wins (rules FX10)."""
    return ~thin_market


@one_winner_of_a_group.chance
def by_chance(top_winner_p: pl.Expr) -> pl.Expr:
    """Chance of it among equals."""
    return top_winner_p
