"""O04: members of a group win in turn."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O04",
    level=Level.ORANGE,
    grain=Grain.GROUP,
    weight=Weight.GROUP,
    point=Point.HISTORY,
    law=("CN-REG-39",),
    version=1,
    nominal="max_q",
    en=Words(
        "Wins come in turn",
        "In {group_contests} tenders that most of these firms entered and one of them won, the winner was "
        "mostly the one that had waited longest (mean place {turn_score:.2f} of 1, 0.5 by chance; chance "
        "{turn_p:.1g}); the same firm won twice running in {repeat_win_share:.0%}, "
        "{expected_repeat_win_share:.0%} expected.",
        "Firms that bid hard when their order book is empty and stay dear while they are busy.",
    ),
    zh=Words(
        "中标呈依次轮流",
        "这些企业多数同场且由其中一家中标的 {group_contests} 个标段中，中标者多为等待最久的一家"
        "（平均位次 {turn_score:.2f}，随机为 0.5；偶然概率 {turn_p:.1g}）；连续两次由同一家中标的占"
        " {repeat_win_share:.0%}，期望 {expected_repeat_win_share:.0%}。",
        "企业任务不足时报价较低，在手任务多时报价较高，自然形成交替。",
    ),
)
def taking_turns(
    turn_score: pl.Expr,
    turn_p: pl.Expr,
    turn_q: pl.Expr,
    repeat_win_share: pl.Expr,
    expected_repeat_win_share: pl.Expr,
    identifier_rarity: pl.Expr,
    *,
    max_q: float = 0.1,
    linked_p: float = 0.01,
    strong_p: float = 0.001,
    min_rarity: float = 10.0,
) -> dict[Level, pl.Expr]:
    """The member that has waited longest for a win tends to win next.

    The null deals the same wins anew among the tenders that each member entered, so members may differ in
    strength and in how often they bid; only the order is tested. Repeats alone (a runs test) hardly see
    turns of four firms in a dozen tenders; the place in the queue does.

    Example: A, B, C and D win in this order three times over. The winner always stands first in the queue
    (score 1); of a thousand deals of the same twelve wins none comes near: p = 0.001.

    Limits:
        max_q: one false finding in ten among the groups named; several groups are tried in every market.
            | 命中群组中错误发现率不超过一成（每个市场检验多个群组）。
        linked_p: with linked members the usual one in a hundred suffices, since the link is evidence of its
            own. | 成员间另有关联时，百分之一即可，关联本身为独立证据。
        strong_p: what a strong lead asks of any statistic; also the least that 999 deals can show.
            | 强线索通用的千分之一标准，也是 999 次重排可达的最小值。
        min_rarity: rarity of shared identifiers from which members count as linked, as in O02.
            | 视为存在关联的共用标识稀有度，同 O02。
        min_contests: fewer than six tenders cannot show turns of three firms. | 不足六个标段看不出三家轮流。

    """
    linked = (identifier_rarity >= min_rarity).fill_null(False)
    seen = (turn_q <= max_q) | (linked & (turn_p <= linked_p))
    in_turn = seen & (turn_score > 0.5) & (repeat_win_share <= expected_repeat_win_share)
    return {Level.YELLOW: in_turn, Level.ORANGE: in_turn & (linked | (turn_p <= strong_p))}


@taking_turns.applies("at least {min_contests} such tenders", "至少 {min_contests} 个此类标段")
def met_often(group_contests: pl.Expr, *, min_contests: int = 6) -> pl.Expr:
    """Turns need rounds."""
    return group_contests >= min_contests


@taking_turns.applies("not a thin market", "所在市场主体不少于六家")
def other_firms_are_active(thin_market: pl.Expr) -> pl.Expr:
    """Where there are five firms, they share the work (rules FX10)."""
    return ~thin_market


@taking_turns.chance
def by_chance(turn_p: pl.Expr) -> pl.Expr:
    """Chance of so much order when the same wins are dealt anew."""
    return turn_p
