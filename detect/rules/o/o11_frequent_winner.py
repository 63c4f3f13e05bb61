"""O11: a firm that nearly always wins, with one buyer or under one agency."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "O11",
    level=Level.YELLOW,
    grain=Grain.BIDDER,
    weight=Weight.PATTERN,
    point=Point.HISTORY,
    law=("CN-LAW-18", "CN-REG-32"),
    en=Words(
        "Wins that stand out, with one buyer or agency",
        "This firm won {n_wins} of {n_decided} decided tenders, {wins_due:.1f} by equal chances; "
        "{buyer_wins} of its wins came from one buyer and {agency_wins} under one agency.",
        "The best or only local supplier of a speciality.",
        {
            Level.INFO: "This firm won {n_wins} of {n_decided} decided tenders, where equal chances give "
            "{wins_due:.1f}."
        },
    ),
    zh=Words(
        "中标明显偏多且集中",
        "该企业 {n_decided} 个已决标段中标 {n_wins} 个，按机会均等应中 {wins_due:.1f} 个；"
        "其中同一招标人处中标 {buyer_wins} 次，同一代理机构下中标 {agency_wins} 次。",
        "当地最好或唯一的专业供应商。",
        {Level.INFO: "该企业 {n_decided} 个已决标段中标 {n_wins} 个，按机会均等应中 {wins_due:.1f} 个。"},
    ),
)
def frequent_winner(
    n_wins: pl.Expr,
    wins_due: pl.Expr,
    many_wins_q: pl.Expr,
    buyer_wins: pl.Expr,
    buyer_wins_p: pl.Expr,
    agency_wins: pl.Expr,
    agency_wins_p: pl.Expr,
    *,
    max_q: float = 0.05,
    min_ratio: float = 2.0,
    max_concentration_p: float = 0.01,
) -> dict[Level, pl.Expr]:
    """The firm wins far more than equal chances give, and mostly with one buyer or under one agency.

    Cheap firms win often: that alone is INFO. YELLOW where the wins gather with one buyer or under one
    agency beyond what its bids explain: more than they would if they fell on all tenders that it entered
    alike. A firm that bids to one buyer only can win nowhere else.

    Example: 14 wins of 30 with seven bidders each, where 4.3 were due (q = 1e-5), eleven of them in the
    eleven that it entered with one of ten buyers (chance 7e-6, times ten): YELLOW; spread as its bids: INFO.

    Limits:
        max_q: one false finding in twenty among the firms named. | 命中企业中错误发现率不超过5%。
        min_ratio: twice the wins that were due; a long record makes small advantages significant.
            | 至少为应得的两倍；记录很长时微小优势也会显著。
        max_concentration_p: chance of so many wins with one buyer or under one agency, already multiplied
            by the number of those. | 中标集中于一家招标人或代理机构的偶然概率（已按家数校正）。
        min_decided: ten decided tenders, as in O01. | 至少十次已决投标，同 O01。

    """
    often = (many_wins_q <= max_q) & (n_wins >= min_ratio * wins_due)
    gathered = pl.any_horizontal(
        (p <= max_concentration_p).fill_null(False) & (wins > 1)
        for p, wins in ((buyer_wins_p, buyer_wins), (agency_wins_p, agency_wins))
    )
    return {Level.INFO: often, Level.YELLOW: often & gathered}


@frequent_winner.applies("at least {min_decided} decided tenders", "至少 {min_decided} 次已决投标")
def long_enough(n_decided: pl.Expr, *, min_decided: int = 10) -> pl.Expr:
    """A habit of winning needs a record."""
    return n_decided >= min_decided


@frequent_winner.grades
def by_surplus(n_wins: pl.Expr, wins_due: pl.Expr) -> pl.Expr:
    """Full strength from four times the wins that were due."""
    return n_wins / wins_due / 4
