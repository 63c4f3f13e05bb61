"""O06: members of a group win each in its own buyer or category."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O06",
    level=Level.ORANGE,
    grain=Grain.GROUP,
    weight=Weight.GROUP,
    point=Point.HISTORY,
    law=("CN-AML-17",),
    nominal="max_q",
    en=Words(
        "Each wins with its own buyers or goods",
        "Of {group_contests} tenders that most of these firms entered and one of them won, the buyer "
        "tells {buyer_information:.0%} of who won (chance {buyer_allocation_p:.1g}) and the category "
        "{category_information:.0%} (chance {category_allocation_p:.1g}).",
        "Firms that know a buyer's plant, hold its maintenance contracts, or specialise in a kind of work.",
    ),
    zh=Words(
        "各占招标人或品类中标",
        "这些企业多数同场且由其中一家中标的 {group_contests} 个标段中，招标人可说明中标者的"
        " {buyer_information:.0%}（偶然概率 {buyer_allocation_p:.1g}），品类可说明 {category_information:.0%}"
        "（偶然概率 {category_allocation_p:.1g}）。",
        "熟悉该招标人的设施或承担其维保；专长于某类业务。",
    ),
)
def shared_out_buyers(
    buyer_information: pl.Expr,
    buyer_allocation_p: pl.Expr,
    buyer_allocation_q: pl.Expr,
    category_information: pl.Expr,
    category_allocation_p: pl.Expr,
    category_allocation_q: pl.Expr,
    identifier_rarity: pl.Expr,
    *,
    max_q: float = 0.05,
    linked_p: float = 0.005,
    strong_p: float = 0.001,
    min_rarity: float = 10.0,
) -> dict[Level, pl.Expr]:
    """The buyer or the category tells which member of the group wins, though they bid against each other.

    As O05, by buyer and by category: two tests, so each is held to half the error. What is not on record
    for the group, such as a second category, is left out; without either the rule cannot be evaluated.

    Example: two firms meet in twelve tenders of two hospitals; each wins the six of one of them: p = 0.002.

    Limits:
        max_q: one false finding in ten among the groups named, shared by two tests.
            | 命中群组中错误发现率不超过一成，两项检验各半。
        linked_p: with linked members one in a hundred suffices, shared by two tests.
            | 成员间另有关联时为百分之一，两项检验各半。
        strong_p: what a strong lead asks of any statistic; with linked members only.
            | 强线索通用的千分之一标准；仅在成员间有关联时使用。
        min_rarity: rarity of shared identifiers from which members count as linked, as in O02.
            | 视为存在关联的共用标识稀有度，同 O02。
        min_contests: fewer than six tenders cannot show a division. | 不足六个标段看不出分割。

    """
    linked = (identifier_rarity >= min_rarity).fill_null(False)
    q = pl.min_horizontal(buyer_allocation_q, category_allocation_q)
    p = pl.min_horizontal(buyer_allocation_p, category_allocation_p)
    told = pl.max_horizontal(buyer_information, category_information)
    seen = ((q <= max_q) | (linked & (p <= linked_p))) & (told > 0)
    return {Level.YELLOW: seen, Level.ORANGE: seen & linked & (p <= strong_p)}


@shared_out_buyers.applies("at least {min_contests} such tenders", "至少 {min_contests} 个此类标段")
def met_often(group_contests: pl.Expr, *, min_contests: int = 6) -> pl.Expr:
    """A division needs occasions."""
    return group_contests >= min_contests


@shared_out_buyers.applies("not a thin market", "所在市场主体不少于六家")
def other_firms_are_active(thin_market: pl.Expr) -> pl.Expr:
    """Where there are five firms, each has its customers (rules FX10)."""
    return ~thin_market


@shared_out_buyers.chance
def by_chance(buyer_allocation_p: pl.Expr, category_allocation_p: pl.Expr) -> pl.Expr:
    """Twice the smaller chance, since there were two looks."""
    return (2 * pl.min_horizontal(buyer_allocation_p, category_allocation_p)).clip(upper_bound=1)
