"""P06: one person or firm owns or directs different bidders of the tender."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "P06",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.OPENING,
    law=("CN-REG-34-2", "CN-REG-39"),
    en=Words(
        "Shared owner, director or controller",
        "When bids closed one owner held at least {common_owner_share:.0%} of both bidders, directly or "
        "through one firm between.",
        "An investor with stakes in several firms of one trade; an independent director; shares held in "
        "trust; a sale that reached the register late.",
        {Level.YELLOW: "When bids closed the two bidders shared {shared_shareholder} shareholder(s), "
                       "{shared_director} officer(s), {crossed_owner} person(s) in different roles and "
                       "{common_owners} owner(s) in their chains."},
    ),
    zh=Words(
        "股东、董监高或实际控制人重叠",
        "投标截止时，同一股东直接或经一层企业持有双方各不低于 {common_owner_share:.0%} 的股份。",
        "投资同行业多家企业的投资人；独立董事；代持股份；股权转让登记滞后。",
        {Level.YELLOW: "投标截止时，双方共有股东 {shared_shareholder} 个、董监高 {shared_director} 人、"
         "以不同身份任职或持股者 {crossed_owner} 个、股权链上的共同股东 {common_owners} 个。"},
    ),
)  # fmt: skip
def shared_owner(
    shared_shareholder: pl.Expr,
    shared_director: pl.Expr,
    crossed_owner: pl.Expr,
    common_owners: pl.Expr,
    common_owner_share: pl.Expr,
    holders_shareholder: pl.Expr,
    holders_director: pl.Expr,
    holders_crossed_owner: pl.Expr,
    *,
    controls: float = 0.25,
    max_holders: int = 50,
) -> dict[Level, pl.Expr]:
    """One person or firm owned or directed two bidders of one tender when bids closed.

    ORANGE where one owner within two links holds a controlling part of both, else YELLOW (rules P06). Chains
    and shareholders stop at the State (FX09), owners of very many firms are left out, and persons are
    matched by id (FX15). One bidder that owns the other is rule P02.

    Limits:
        controls: share of both from which one owner counts as controller (beneficial ownership; rules P06).
            | 同一主体持有双方股份达到此比例即视为可能的实际控制人（受益所有人标准）。
        max_holders: firms that a person or holder may stand for; more make it a fund or a service (rules
        R03).
            | 同一主体关联的企业数上限；更多说明其为基金或服务机构。

    """
    seen = [
        (shared_shareholder, holders_shareholder),
        (shared_director, holders_director),
        (crossed_owner, holders_crossed_owner),
    ]
    chain = common_owners > 0
    return {
        Level.YELLOW: pl.any_horizontal(*((s > 0) & (h <= max_holders) for s, h in seen), chain),
        Level.ORANGE: chain & (common_owner_share >= controls),
    }
