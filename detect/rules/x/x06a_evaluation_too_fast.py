"""X06A: the committee took minutes for bids of hundreds of pages."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "X06A",
    level=Level.YELLOW,
    grain=Grain.TENDER,
    weight=Weight.PATTERN,
    point=Point.EVALUATION,
    law=("CN-REG-48", "CN-REG-49", "CN-REG-71"),
    en=Words(
        "Evaluation too fast",
        "The committee took {evaluation_minutes_per_bid:.1f} minutes per bid for {n_bids} bids with a median "
        "of {median_bid_pages:.0f} pages.",
        "An evaluation that continued after a break, pages that are mostly certificates, or bids that were "
        "refused at the formal check.",
    ),
    zh=Words(
        "评审过快",
        "{n_bids} 份投标（页数中位数 {median_bid_pages:.0f} 页）平均每份评审 "
        "{evaluation_minutes_per_bid:.1f} 分钟。",
        "评审曾中断并另行继续；页数多为证照复印件；多数投标在形式评审中被否决。",
    ),
)
def evaluation_too_fast(
    evaluation_minutes_per_bid: pl.Expr,
    median_bid_pages: pl.Expr,
    *,
    min_minutes: float = 3.0,
    min_pages: int = 200,
) -> pl.Expr:
    """The committee took less time per bid than turning its pages takes.

    Example: nine bids of 310 pages evaluated in 22 minutes, 2.4 minutes each.

    Limits:
        min_minutes: nobody reads more than two hundred pages in three minutes (rules X06).
            | 三分钟内无法审阅二百页以上的投标文件。
        min_pages: shorter bids may be judged quickly.
            | 篇幅较短的投标可以较快评审。

    """
    return (evaluation_minutes_per_bid < min_minutes) & (median_bid_pages > min_pages)
