"""B03: one bid, or fewer than a tender needs."""

import polars as pl

from detect.laws import cite
from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain

LAW = ("CN-LAW-28",)


@rule(
    "B03",
    level=Level.INFO,
    grain=Grain.TENDER,
    weight=Weight.CONTEXT,
    point=Point.OPENING,
    law=LAW,
    version=2,
    en=Words(
        "Few or single bids",
        "The tender drew {n_bids} bid(s), fewer than {least_bids}, which the law asks for or few tenders of "
        "its kind drew before.",
        "A specialised or remote purchase, a negotiation with one supplier, or bids that are not all on "
        "record.",
    ),
    zh=Words(
        "投标人少或单一投标",
        "本标段共 {n_bids} 份投标，少于 {least_bids} 份（法定下限，或此前同类标段少见）。",
        "专业性强或地点偏远；单一来源或协商采购；投标记录不全。",
    ),
)
def few_bids(
    n_bids: pl.Expr,
    few_bids_place: pl.Expr,
    jurisdiction: pl.Expr,
    *,
    least_bids: int = 3,
    max_place: float = 0.05,
) -> pl.Expr:
    """The tender drew fewer bids than the law asks for, or than nearly all earlier tenders of its kind.

    INFO and never an alert: in one country more than half of all lots draw a single bid. Where no law that
    asks for three is known to hold, few bids are context only if they are rare among earlier tenders of the
    same procedure, category and order of magnitude: in one real source 71 % of all procedures have fewer
    than three, which says how its small purchases are made.
    Example: two bids where the law asks for three; one bid where 4 of 180 earlier tenders drew one.

    Limits:
        least_bids: with fewer than three bidders the law has the tender repeated (招标投标法 28).
            | 投标人少于三个的，应当重新招标（招标投标法第二十八条）。
        max_place: one in twenty earlier tenders of its kind drew as few.
            | 此前同类标段中至多二十分之一投标如此之少。

    """
    asked = pl.any_horizontal(law.holds() for law in cite(LAW)) & jurisdiction.is_not_null()
    return (n_bids < least_bids) & (asked | (few_bids_place <= max_place))


@few_bids.applies("a procedure open to several suppliers", "面向多家供应商的采购方式")
def open_to_several(procurement_method: pl.Expr) -> pl.Expr:
    """Who asks one supplier gets one bid."""
    return procurement_method != "direct"
