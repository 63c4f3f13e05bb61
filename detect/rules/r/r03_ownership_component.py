"""R03: several bidders of one tender hang together by owners and officers."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "R03",
    level=Level.ORANGE,
    grain=Grain.BID,
    weight=Weight.LINK,
    point=Point.OPENING,
    law=("CN-REG-34-2", "CN-REG-39"),
    en=Words(
        "Web of owners",
        "This bidder is one of {ownership_component} bidders of the tender, of {n_bids} bids, that owners "
        "and officers tie together, directly or through each other.",
        "A small market in which a few investors hold stakes in most firms; an independent director or "
        "nominee who sits in several firms.",
    ),
    zh=Words(
        "交叉持股团",
        "该投标人是本项目 {n_bids} 份投标中由股东或任职人员直接、间接相连的 {ownership_component} 家投标人之"
        "一。",
        "少数投资人持有多数企业股份的小市场；在多家企业任职的独立董事或名义代表。",
    ),
)
def ownership_component(ownership_component: pl.Expr, *, min_bidders: int = 3) -> pl.Expr:
    """Three or more bidders of one tender hang together by owners and officers when bids closed.

    Ties of a pair are rules P01, P02 and P06; a web of three leaves the tender little competition. The State
    and owners of more than fifty firms tie nobody (FX09), members of one bid count once (FX01).

    Limits:
        min_bidders: bidders of one web (rules R03).
            | 同一关系团中的投标人数下限。
        min_bids: as many as the web needs.
            | 与关系团人数下限一致。

    """
    return ownership_component >= min_bidders


@ownership_component.applies("at least {min_bids} bids", "至少 {min_bids} 份投标")
def enough_bids(n_bids: pl.Expr, *, min_bids: int = 3) -> pl.Expr:
    """Fewer bids cannot form such a web."""
    return n_bids >= min_bids
