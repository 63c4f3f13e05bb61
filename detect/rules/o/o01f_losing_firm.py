"""O01F: a firm that keeps bidding and does not win, looked at once over its whole record."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O01F",
    level=Level.ORANGE,
    grain=Grain.BIDDER,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-REG-39",),
    nominal="max_q",
    en=Words(
        "Firm that keeps losing, mostly to one winner",
        "This firm won {n_wins} of {n_decided} tenders, where {wins_due:.1f} wins were to be expected with "
        "equal chances; {losses_to_top} of its {recent_losses} losses went to one firm (chance "
        "{top_winner_p:.1g}).",
        "A dear or distant firm in a trade with one strong supplier.",
        {
            Level.YELLOW: "This firm won {n_wins} of {n_decided} tenders, where {wins_due:.1f} wins were to "
            "be expected with equal chances (false discovery rate {few_wins_q:.1g} among all firms)."
        },
    ),
    zh=Words(
        "长期落标且多败给同一企业",
        "该企业 {n_decided} 次投标中标 {n_wins} 次，按机会均等应中 {wins_due:.1f} 次；"
        "近期 {recent_losses} 次落标中 {losses_to_top} 次由同一企业中标（偶然概率 {top_winner_p:.1g}）。",
        "报价偏高或距离较远，而所在行业有一家优势企业。",
        {
            Level.YELLOW: "该企业 {n_decided} 次投标中标 {n_wins} 次，按机会均等应中 {wins_due:.1f} 次"
            "（全部企业中的错误发现率 {few_wins_q:.1g}）。"
        },
    ),
)
def losing_firm(
    n_wins: pl.Expr,
    wins_due: pl.Expr,
    few_wins_p: pl.Expr,
    few_wins_q: pl.Expr,
    top_winner_p: pl.Expr,
    top_loss_share: pl.Expr,
    *,
    max_q: float = 0.1,
    max_win_ratio: float = 0.25,
    max_p: float = 0.01,
    min_top_share: float = 0.5,
    max_top_p: float = 0.01,
) -> dict[Level, pl.Expr]:
    """The firm won far fewer tenders than equal chances give, or hardly any and lost mostly to one winner.

    One look per firm, held against all firms of the market, so that one firm raises one alert. Equal
    chances are no null of honesty: that a firm is dear explains few wins, but not that one and the same
    rival wins where it loses more often than where it is absent. Both together are ORANGE.

    Example: 0 wins of 60 with five bidders each, where 12 were due: chance 2e-6, and of 600 firms looked
    at q is 1e-3: YELLOW. With 35 of the 60 lost to one firm that wins one in four without it: ORANGE.

    Limits:
        max_q: one false finding in ten among the firms named. | 命中企业中错误发现率不超过一成。
        max_win_ratio: wins over expected wins. With a long record every somewhat dearer firm is
            significantly below its share; a quarter of it is a habit of losing, and a choice to be tuned.
            | 实际与期望中标数之比。记录越长，略贵的企业也会显著低于平均；低于四分之一才算长期落标，属设定值。
        max_p: where losses gather with one winner, one in a hundred suffices for few wins.
            | 落标集中于同一企业时，中标过少取百分之一即可。
        min_top_share: every second loss went to one firm. | 至少半数落标由同一企业中标。
        max_top_p: chance of so many losses to one rival, already multiplied by the number of rivals.
            | 落标集中于同一对手的偶然概率（已按对手数校正）。
        min_decided: fewer decided tenders say nothing about a habit. | 已决投标过少不能说明习惯。

    """
    few = n_wins <= max_win_ratio * wins_due
    gathered = (top_loss_share >= min_top_share) & (top_winner_p <= max_top_p)
    both = few & (few_wins_p <= max_p) & gathered.fill_null(False)
    return {Level.YELLOW: few & (few_wins_q <= max_q), Level.ORANGE: both}


@losing_firm.applies("at least {min_decided} decided tenders", "至少 {min_decided} 次已决投标")
def long_enough(n_decided: pl.Expr, *, min_decided: int = 10) -> pl.Expr:
    """A habit needs a history."""
    return n_decided >= min_decided


@losing_firm.chance
def by_chance(few_wins_p: pl.Expr) -> pl.Expr:
    """Chance of so few wins with equal chances."""
    return few_wins_p
