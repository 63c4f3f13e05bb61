"""Q08: a group wins mean-benchmark awards because of its own other bids."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "Q08",
    level=Level.ORANGE,
    grain=Grain.GROUP,
    weight=Weight.GROUP,
    point=Point.HISTORY,
    law=("CN-REG-39", "CN-REG-40-4"),
    nominal="max_p",
    en=Words(
        "Wins that rest on the group's other bids",
        "In {pivotal_wins} of {benchmark_lots} tenders awarded by a mean of bids, one of the group's firms "
        "would win by the trimmed mean of the bids, and would not without the others' bids (chance "
        "{pivotal_wins_p:.1g} with as many random bidders); the formula of each tender was not applied. "
        "Their bids move the mean by {benchmark_pull:.2%} on average.",
        "Firms of like costs bid alike and land near the mean together; consortia and subsidiaries that bid "
        "openly; tenders whose own formula or drawn coefficient gives another winner.",
    ),
    zh=Words(
        "中标依赖同组其他报价",
        "在 {benchmark_lots} 个按报价均值评定的标段中，有 {pivotal_wins} 个标段按截尾均值测算该组企业之一"
        "可中标，而若无其余成员报价则不能（同数量随机投标人的概率为 {pivotal_wins_p:.1g}）；测算未采用各标段"
        "自身的公式。其报价平均使均值变动 {benchmark_pull:.2%}。",
        "成本相近的企业报价相近，一同落在均值附近；公开参与的联合体或关联企业；"
        "按标段自身公式或抽取系数计算，中标人可能不同。",
    ),
)
def moved_benchmark(
    pivotal_wins: pl.Expr,
    pivotal_wins_p: pl.Expr,
    benchmark_pull: pl.Expr,
    *,
    min_wins: int = 3,
    max_p: float = 0.01,
    strong_p: float = 0.001,
) -> dict[Level, pl.Expr]:
    """A member of the group would not have won without the other members' bids, tender after tender.

    Where the bid nearest to a mean of bids wins, bids that cannot win still choose the winner. The rule of
    award is taken to be the trimmed mean of Italian works; a drawn coefficient or another formula changes
    single tenders (see `bidlens counterfactual` for the formula on record). The chance is that of as many
    other bidders of the same tender drawn at random in place of the other members, so a group is not blamed
    for its size.

    Example: five firms met in 40 such tenders. In eleven a member wins and would not without the other four.
    Of 999 draws of as many bidders of the same tenders none gives eleven, the mean is 4.2: p = 0.001.

    Limits:
        min_wins: three tenders; one or two happen to any group.
            | 三个标段；一两次任何企业组合都可能出现。
        max_p: chance with random bidders of the same tenders.
            | 以同标段随机投标人替换时的概率。
        strong_p: one in a thousand is what a strong lead asks of any statistic.
            | 强线索要求偶然概率不超过千分之一。

    """
    often = (pivotal_wins >= min_wins) & (benchmark_pull > 0)
    return {
        Level.YELLOW: often & (pivotal_wins_p <= max_p),
        Level.ORANGE: often & (pivotal_wins_p <= strong_p),
    }


@moved_benchmark.applies(
    "a tender of five bids or more awarded by their mean", "至少一个五家以上的均值法标段"
)
def averaged(benchmark_lots: pl.Expr) -> pl.Expr:
    """Other awards have no benchmark to move; a group without such a tender has no row there."""
    return benchmark_lots.fill_null(0) > 0


@moved_benchmark.applies("more than five active suppliers (FX10)", "活跃供应商多于五家（FX10）")
def not_thin(thin_market: pl.Expr) -> pl.Expr:
    """Where few firms exist, they meet for want of others."""
    return ~thin_market.cast(pl.Boolean)


@moved_benchmark.chance
def by_chance(pivotal_wins_p: pl.Expr) -> pl.Expr:
    """Chance of so many such wins."""
    return pivotal_wins_p
