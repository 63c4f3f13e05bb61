"""P04: one person handled the bids of different bidders."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "P04",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.OPENING,
    law=("CN-REG-40-2",),
    en=Words(
        "Same agent or handler",
        "One person acted as agent or handled the bid for both bidders: {shared_agent} agent(s) and "
        "{shared_operator} handler(s) in common, {crossed_handler} in both roles.",
        "A licensed service that delivers papers for several firms and is not on the list yet; staff who "
        "changed firms while bids were prepared; a typing slip in an id number.",
        {Level.ORANGE: "{crossed_person} person(s) who stand for one bidder as agent or handler hold another "
         "post at the other bidder or in its bid."},
    ),
    zh=Words(
        "委托同一人办理投标事宜",
        "同一人为两家投标人代理或经办：共同代理人 {shared_agent} 人、共同经办人 {shared_operator} 人、"
        "兼任双方代理与经办 {crossed_handler} 人。",
        "尚未列入清单、依法代送文件的服务机构；编标期间人员流动；证件号码录入错误。",
        {Level.ORANGE: "一方的代理人或经办人中有 {crossed_person} 人在另一方或其投标文件中担任其他职务。"},
    ),
)  # fmt: skip
def same_agent(
    shared_agent: pl.Expr, shared_operator: pl.Expr, crossed_handler: pl.Expr, crossed_person: pl.Expr
) -> dict[Level, pl.Expr]:
    """One person acted as agent, or handled the bid, for two bidders of one tender.

    RED for equal agents or handlers, in either role. ORANGE where the agent or handler of one is the legal
    representative, an officer, a team member or the certificate applicant of the other. Persons are matched
    by hashed id (FX15).
    """
    entrusted = [shared_agent, shared_operator, crossed_handler]
    return {Level.RED: pl.any_horizontal(s > 0 for s in entrusted), Level.ORANGE: crossed_person > 0}
