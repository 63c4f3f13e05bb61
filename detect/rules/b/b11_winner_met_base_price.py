"""B11: a firm's winning bids meet a buyer's confidential price again and again."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B11",
    level=Level.ORANGE,
    grain=Grain.BUYER,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-LAW-22", "CN-LAW-52", "CN-REG-27", "CN-REG-41"),
    nominal="max_p",
    en=Words(
        "Winning bids meet the confidential price",
        "Bidder {base_price_winner} won {base_price_meetings_of_winner} of its {base_price_bids_of_winner} "
        "tenders with this buyer within 0.1 % of the buyer's confidential price; one bid of other firms "
        "meets "
        "it with chance {base_price_chance:.2g} (chance of this {base_price_p:.1g}, false discovery rate "
        "{base_price_q:.1g}).",
        "Firm and buyer price from one quota base with one software, or the price was announced after all.",
    ),
    zh=Words(
        "中标价多次与保密标底几乎相同",
        "投标人 {base_price_winner} 在该招标人 {base_price_bids_of_winner} 次投标中有 "
        "{base_price_meetings_of_winner} 次中标价与保密标底相差不超过 0.1%；其他企业单次投标如此的机会为 "
        "{base_price_chance:.2g}（偶然概率 {base_price_p:.1g}，错误发现率 {base_price_q:.1g}）。",
        "双方使用同一定额与计价软件编制；标底实际已公布。",
    ),
)
def winner_met_base_price(
    base_price_meetings_of_winner: pl.Expr,
    base_price_q: pl.Expr,
    base_price_p: pl.Expr,
    *,
    min_meetings: int = 2,
    max_q: float = 0.05,
    max_p: float = 1e-3,
) -> pl.Expr:
    """A firm's winning bids meet one buyer's confidential price more often than bids of other firms do.

    A bid meets the price within 0.1 % of it. The chance of one bid is taken from the bids of all other
    firms under the same award mechanism, so that common estimating habits count as chance.
    Example: bids of others meet the price once in fifty; a firm met it in three of three tenders it won:
    8 in a million, times the 12 firms that were compared.

    Limits:
        min_meetings: one meeting is an accident (rules B11).
            | 一次可能出于偶然。
        max_q: of twenty such findings one is expected to be chance, over all buyers and bidders.
            | 就全部招标人与投标人而言，每二十个发现中预期至多一个出于偶然。
        max_p: what a strong lead asks of any statistic (rules 0.1).
            | 强线索对统计量的一般要求。

    """
    met = base_price_meetings_of_winner >= min_meetings
    return met & (base_price_q <= max_q) & (base_price_p <= max_p)


@winner_met_base_price.chance
def by_chance(base_price_p: pl.Expr) -> pl.Expr:
    """Chance of it among firms that do not know the price."""
    return base_price_p
