"""P07: staff of different bidders are insured by one employer."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "P07",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.OPENING,
    law=("CN-REG-40-2", "CN-REG-39", "CN-23-01-2011-61"),
    en=Words(
        "Social insurance paid by one employer",
        "Staff named in the bids of both have their social insurance paid by one employer, or by the other "
        "bidder: {shared_insured_by} employer(s) in common, shown by {holders_insured_by} bidder(s); "
        "{crossed_employer} that is the other bidder by its certificate.",
        "A dispatch agency that is not on the list yet; a group that insures all its staff in one firm; "
        "people who changed firms in the month of the tender.",
        {Level.INFO: "Staff named in both bids have their social insurance paid by one employer that insures "
         "staff of {holders_insured_by} bidders."},
    ),
    zh=Words(
        "社保由同一单位缴纳",
        "两家投标文件所列人员的社保由同一单位或由另一投标人缴纳：共同缴纳单位 {shared_insured_by} 个"
        "（出现于 {holders_insured_by} 家投标人），证书显示即为另一方的 {crossed_employer} 个。",
        "尚未列入清单的劳务派遣机构；集团统一缴纳社保；人员在投标当月变动单位。",
        {Level.INFO: "两家投标文件所列人员的社保由同一单位缴纳，该单位为 {holders_insured_by} 家投标人的人"
                     "员缴纳。"},
    ),
)  # fmt: skip
def shared_employer(
    shared_insured_by: pl.Expr,
    holders_insured_by: pl.Expr,
    crossed_employer: pl.Expr,
    holders_crossed_employer: pl.Expr,
    *,
    max_holders: int = 5,
) -> dict[Level, pl.Expr]:
    """Staff named in two bids of one tender have their social insurance paid by one employer.

    A bidder's own staff make it hold its own code, so staff insured by the rival are found as well. ORANGE:
    the local rule that deems it has no date on record (rules P07). Listed dispatch agencies are taken out
    first (FX08); an employer of many bidders' staff is INFO.

    Limits:
        max_holders: bidders whose staff one employer may insure; more make it a dispatch agency (a choice, as
            for contacts).
            | 同一单位为其缴纳社保的投标人数上限；更多说明其为劳务派遣机构。

    """
    seen = [(shared_insured_by, holders_insured_by), (crossed_employer, holders_crossed_employer)]
    return {
        Level.INFO: pl.any_horizontal(s > 0 for s, _ in seen),
        Level.ORANGE: pl.any_horizontal((s > 0) & (h <= max_holders) for s, h in seen),
    }
