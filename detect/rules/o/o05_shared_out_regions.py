"""O05: members of a group win each in its own region."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O05",
    level=Level.ORANGE,
    grain=Grain.GROUP,
    weight=Weight.GROUP,
    point=Point.HISTORY,
    law=("CN-AML-17",),
    nominal="max_q",
    en=Words(
        "Each wins in its own region",
        "Of {group_contests} tenders that most of these firms entered and one of them won, the region "
        "tells {region_information:.0%} of who won (chance {region_allocation_p:.1g} when the same wins "
        "are dealt anew).",
        "Transport costs: the nearest firm is the cheapest, all the more for heavy goods and sites far away.",
    ),
    zh=Words(
        "各在一地中标",
        "这些企业多数同场且由其中一家中标的 {group_contests} 个标段中，地区可说明中标者的"
        " {region_information:.0%}（同样的中标随机重排时，偶然概率 {region_allocation_p:.1g}）。",
        "运输成本所致：距离近者报价低，重货与偏远工地尤其如此。",
    ),
)
def shared_out_regions(
    region_information: pl.Expr,
    region_allocation_p: pl.Expr,
    region_allocation_q: pl.Expr,
    identifier_rarity: pl.Expr,
    *,
    max_q: float = 0.1,
    linked_p: float = 0.01,
    strong_p: float = 0.001,
    min_rarity: float = 10.0,
) -> dict[Level, pl.Expr]:
    """The region tells which member of the group wins, though they bid against each other in all of them.

    Only tenders that most members entered count: territories kept by staying away are not seen here. The
    null deals each member's wins over the tenders that it entered. ORANGE where rare identifiers link the
    members, since nearness alone divides regions honestly.

    Example: A wins the six tenders of one county, B the six of another, both bid in all twelve. The
    county tells everything; of 924 ways to deal the wins two do so: p = 0.002.

    Limits:
        max_q: one false finding in ten among the groups named; several groups are tried in every market.
            | 命中群组中错误发现率不超过一成（每个市场检验多个群组）。
        linked_p: with linked members the usual one in a hundred suffices, since the link is evidence of its
            own. | 成员间另有关联时，百分之一即可，关联本身为独立证据。
        strong_p: what a strong lead asks of any statistic; with linked members only.
            | 强线索通用的千分之一标准；仅在成员间有关联时使用。
        min_rarity: rarity of shared identifiers from which members count as linked, as in O02.
            | 视为存在关联的共用标识稀有度，同 O02。
        min_contests: fewer than six tenders cannot show a division. | 不足六个标段看不出分割。

    """
    linked = (identifier_rarity >= min_rarity).fill_null(False)
    rare = (region_allocation_q <= max_q) | (linked & (region_allocation_p <= linked_p))
    seen = rare & (region_information > 0)
    return {Level.YELLOW: seen, Level.ORANGE: seen & linked & (region_allocation_p <= strong_p)}


@shared_out_regions.applies("at least {min_contests} such tenders", "至少 {min_contests} 个此类标段")
def met_often(group_contests: pl.Expr, *, min_contests: int = 6) -> pl.Expr:
    """A division needs occasions."""
    return group_contests >= min_contests


@shared_out_regions.applies("not a thin market", "所在市场主体不少于六家")
def other_firms_are_active(thin_market: pl.Expr) -> pl.Expr:
    """Where there are five firms, each is at home somewhere (rules FX10)."""
    return ~thin_market


@shared_out_regions.chance
def by_chance(region_allocation_p: pl.Expr) -> pl.Expr:
    """Chance of it when the same wins are dealt anew."""
    return region_allocation_p
