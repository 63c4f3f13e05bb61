"""P09: a bidder is tied to the buyer, the agency or an expert of its tender."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "P09",
    level=Level.RED,
    grain=Grain.BID,
    weight=Weight.FACT,
    point=Point.EVALUATION,
    law=("CN-LAW-37", "CN-REG-46", "CN-REG-34-1", "CN-REG-41"),
    en=Words(
        "Tie to the buyer, the agency or an expert",
        "{n_employed_experts} expert(s) who evaluated this tender work for this bidder, or did within the "
        "three years before.",
        "A retired expert whose old post is still on record; a namesake firm; a relation that was disclosed "
        "and judged harmless.",
        {
            Level.ORANGE: "This bidder is tied to those who decide: {n_related_experts} expert(s) with a "
            "declared relation, {host_relations} declared relation(s) to buyer or agency, a "
            "chain of holdings to the buyer of {buyer_share:.0%} and to the agency of "
            "{agency_share:.0%} at the weakest link.",
            Level.YELLOW: "A minority stake ties this bidder to the buyer ({buyer_share:.0%} at the weakest "
            "link) or the agency ({agency_share:.0%}).",
        },
    ),
    zh=Words(
        "与招标人、代理机构或专家关联",
        "评审本项目的专家中有 {n_employed_experts} 人现任职于该投标人或三年内曾任职于该投标人。",
        "已退休专家的原任职记录未更新；企业重名；关系已披露并认定无碍。",
        {
            Level.ORANGE: "该投标人与决策方存在关联：有申报关系的专家 {n_related_experts} 人，与招标人或代理"
            "机构的申报关系 {host_relations} 项，与招标人持股链最弱环节 {buyer_share:.0%}、与"
            "代理机构 {agency_share:.0%}。",
            Level.YELLOW: "该投标人与招标人（最弱环节 {buyer_share:.0%}）或代理机构（{agency_share:.0%}）存"
            "在参股关系。",
        },
    ),
)
def conflict_of_interest(
    n_employed_experts: pl.Expr,
    n_related_experts: pl.Expr,
    host_relations: pl.Expr,
    buyer_share: pl.Expr,
    agency_share: pl.Expr,
    *,
    controls: float = 0.25,
    minority: float = 0.05,
) -> dict[Level, pl.Expr]:
    """The bidder was tied to the buyer, to the agency or to an expert who evaluated its tender.

    RED for employment of an expert, now or within three years before; ORANGE for declared relations and for
    controlling shares; YELLOW for minority stakes (rules P09). Chains of holdings stop at the State (FX09).
    Whether an interest affects fairness (条例 34) is for people to judge. An expert who was to keep away
    from the bidder is rule X07.

    Limits:
        controls: share at the weakest link from which one side counts as controller of the other (as P06).
            | 持股链最弱环节达到此比例即视为可能的控制关系。
        minority: smaller stakes give no influence worth a look (rules P02).
            | 低于此比例的持股不具影响力。

    """
    people, shares = [n_related_experts, host_relations], [buyer_share, agency_share]
    return {
        Level.YELLOW: pl.any_horizontal(s >= minority for s in shares),
        Level.ORANGE: pl.any_horizontal(*(n > 0 for n in people), *(s >= controls for s in shares)),
        Level.RED: n_employed_experts > 0,
    }
