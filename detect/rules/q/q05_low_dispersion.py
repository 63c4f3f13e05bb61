"""Q05: bids lie far closer together than is usual here."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain
from records.tables import Mechanism


@rule(
    "Q05",
    level=Level.YELLOW,
    grain=Grain.TENDER,
    weight=Weight.SCREEN,
    point=Point.OPENING,
    law=("CN-LAW-32",),
    mechanisms=frozenset({Mechanism.LOWEST, Mechanism.SCORED, None}),
    version=2,
    nominal="max_share",
    needs=("one_scale",),
    en=Words(
        "Bids close together",
        "The {n_valid} bids differ by {bid_cv:.2%} of their mean only; by the {dispersion_tenders} earlier "
        "tenders of this market {bid_cv_null:.2%} of competitive ones with as many bids are so close.",
        "Published unit prices or quotas that leave little room, standard goods, or a narrow price range "
        "that the documents prescribe.",
    ),
    zh=Words(
        "报价离散度过低",
        "{n_valid} 个有效报价的变异系数仅 {bid_cv:.2%}；据此前同类 {dispersion_tenders} 个标段，"
        "同等家数的竞争性标段中仅 {bid_cv_null:.2%} 如此接近。",
        "公布的信息价或定额使报价空间很小；标准化货物；招标文件限定了较窄的报价区间。",
    ),
)
def low_dispersion(bid_cv_null: pl.Expr, *, max_share: float = 0.02) -> pl.Expr:
    """The bids of the tender lie closer together than those of nearly all earlier tenders of its kind.

    The share rests on the deviations of earlier tenders of the category, or of the whole market where no
    category is on record, and allows for the number of bids: three bids are close by chance far more
    often than ten. The market is no measure of a category with few tenders: one that buys from a price list
    would be a hit by its nature. Earlier tenders are not cut by award method; those under a mean of bids are
    closer by design, which makes this rule the more careful. By its definition about 2 % of honest tenders
    are hits: a weak lead that only supports others.

    Example: log bids of a category usually deviate by 6 %. Five bids with a deviation of 1 % of their mean
    are closer than 99.8 % of such tenders.

    Limits:
        max_share: the second percentile of the kind.
            | 同类标段的第二百分位。
        min_tenders: the percentile of fewer earlier tenders is itself uncertain.
            | 此前同类标段过少时，百分位本身不可靠。

    """
    return bid_cv_null <= max_share


@low_dispersion.applies("at least three valid bids", "至少三个有效报价")
def enough_bids(n_valid: pl.Expr) -> pl.Expr:
    """Two close bids are rule Q14's."""
    return n_valid >= 3


@low_dispersion.applies("bids that differ", "报价不全相同")
def bids_differ(lowest_bid: pl.Expr, highest_bid: pl.Expr) -> pl.Expr:
    """Rule Q01 speaks of equal bids."""
    return highest_bid > lowest_bid


@low_dispersion.applies(
    "at least {min_tenders} earlier tenders of its category to compare with",
    "此前至少 {min_tenders} 个同类可比标段",
)
def known_market(
    dispersion_tenders: pl.Expr, dispersion_borrowed: pl.Expr, *, min_tenders: int = 200
) -> pl.Expr:
    """The comparison needs a past of its own."""
    return (dispersion_tenders >= min_tenders) & ~dispersion_borrowed


@low_dispersion.chance
def by_chance(bid_cv_null: pl.Expr) -> pl.Expr:
    """The share is the chance."""
    return bid_cv_null
