"""O01: a bidder of this tender has kept bidding without winning; what is made of it says O01F."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O01",
    level=Level.INFO,
    grain=Grain.BID,
    weight=Weight.CONTEXT,
    point=Point.HISTORY,
    law=("CN-REG-39",),
    version=2,
    nominal="max_p",
    en=Words(
        "Serial loser",
        "This bidder won {past_wins} of {past_bids} earlier tenders, where {expected_wins:.1f} wins were to "
        "be expected with equal chances.",
        "A firm with higher costs or a distant seat, a newcomer, or one that bids to stay listed.",
    ),
    zh=Words(
        "多次投标极少中标",
        "该投标人此前参加 {past_bids} 次投标，中标 {past_wins} 次；"
        "按机会均等应中标约 {expected_wins:.1f} 次。",
        "成本较高或距离较远；新进入者；为保留资格而参与。",
    ),
)
def serial_loser(
    past_wins: pl.Expr,
    expected_wins: pl.Expr,
    loss_tail_p: pl.Expr,
    *,
    never_won_expected: float = 4.6,
    max_p: float = 0.01,
    max_win_ratio: float = 0.25,
) -> pl.Expr:
    """The bidder won far fewer earlier tenders than equal chances would have given it.

    Exposure counts, not tenders: fifteen lots with seven bidders promise 2.1 wins, and none at all
    is then nothing unusual (10 %). Equal chances are a yardstick and not a null hypothesis of
    honesty: dear firms lose more. Every firm is looked at again with each bid, so over a long life
    far more than 1 % of honest firms cross the line once, and would raise an alert at every bid from then
    on. Hence context only; O01F looks at each firm once, among all firms.

    Limits:
        never_won_expected: no win where so many were expected has probability exp(-4.6) = 1 %.
            | 期望中标 4.6 次而一次未中，概率约为 1%。
        max_p: chance of so few wins, by the Poisson-binomial law of the firm's own lots.
            | 按该企业各标段竞争家数计算的泊松二项分布，中标如此之少的概率。
        max_win_ratio: wins over expected wins. With a long record every somewhat dearer firm is
            significantly below its share; a quarter of it is a habit of losing, and a choice to be tuned.
            | 实际与期望中标数之比。记录越长，略贵的企业也会显著低于平均；低于四分之一才算长期落标，属设定值。
        min_bids: fewer decided tenders say nothing about a habit: with a minimum of one, firms that bid
            once were 71 % of those flagged in a published study.
            | 历史过短不能说明习惯；已发表研究中若下限为一次，被标记者 71% 仅投标一次。

    """
    never = (past_wins == 0) & (expected_wins >= never_won_expected)
    few = past_wins <= max_win_ratio * expected_wins
    return never | (few & (loss_tail_p <= max_p))


@serial_loser.applies(
    "at least {min_bids} earlier tenders with known outcome", "此前至少 {min_bids} 次结果已知的投标"
)
def long_enough(past_bids: pl.Expr, *, min_bids: int = 10) -> pl.Expr:
    """A habit needs a history."""
    return past_bids >= min_bids


@serial_loser.chance
def by_chance(loss_tail_p: pl.Expr) -> pl.Expr:
    """Chance of it among bidders that know nothing of each other."""
    return loss_tail_p
