"""B03: one bid, or fewer than a tender needs."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "B03",
    level=Level.INFO,
    grain=Grain.TENDER,
    weight=Weight.CONTEXT,
    point=Point.OPENING,
    law=("CN-LAW-28",),
    en=Words(
        "Few or single bids",
        "The tender drew {n_bids} bid(s), fewer than {least_bids}.",
        "A specialised or remote purchase, a negotiation with one supplier, or bids that are not all on "
        "record.",
    ),
    zh=Words(
        "投标人少或单一投标",
        "本标段共 {n_bids} 份投标，少于 {least_bids} 份。",
        "专业性强或地点偏远；单一来源或协商采购；投标记录不全。",
    ),
)
def few_bids(n_bids: pl.Expr, *, least_bids: int = 3) -> pl.Expr:
    """The tender drew fewer bids than a tender needs.

    INFO and never an alert: in one country more than half of all lots draw a single bid.
    Example: two bids where the law asks for three.

    Limits:
        least_bids: with fewer than three bidders the law has the tender repeated (招标投标法 28).
            | 投标人少于三个的，应当重新招标（招标投标法第二十八条）。

    """
    return n_bids < least_bids
