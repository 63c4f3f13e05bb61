"""P10: one firm stands behind several bids of one tender."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "P10",
    level=Level.RED,
    grain=Grain.BID,
    weight=Weight.FACT,
    point=Point.OPENING,
    law=("CN-REG-37",),
    en=Words(
        "Firm in several bids",
        "{repeat_joint_firms} firm(s) of this bid also bid alone or in another consortium for the same lot.",
        "Lots that the source does not tell apart; a consortium that was dissolved before bids closed.",
        {
            Level.INFO: "The firm behind this bid handed in another bid for the same lot; alternative bids "
            "or lots that the source does not tell apart are the usual reasons."
        },
    ),
    zh=Words(
        "联合体成员另行投标",
        "本标书中有 {repeat_joint_firms} 家企业在同一标段又单独投标或参加其他联合体投标。",
        "来源数据未区分标段；联合体在投标截止前已解散。",
        {Level.INFO: "同一企业在同一标段提交了另一份投标；常见原因是备选投标或来源数据未区分标段。"},
    ),
)
def repeated_bidder(repeat_firms: pl.Expr, repeat_joint_firms: pl.Expr) -> dict[Level, pl.Expr]:
    """One firm stands behind more than one bid of the tender, alone or in consortia.

    RED where one of the bids is a joint bid; two bids by one firm alone are INFO: alternative
    bids may have been asked for, and a source that does not tell lots apart shows such bids in one
    tender out of sixteen. A replaced upload is one bid (FX17). A source that
    records no consortium members cannot show joint bids; the rule then sees leading firms only.
    """
    return {Level.RED: repeat_joint_firms > 0, Level.INFO: repeat_firms > 0}


@repeated_bidder.applies("at least two bids", "至少两份投标")
def several_bids(n_bids: pl.Expr) -> pl.Expr:
    """One bid cannot repeat a firm."""
    return n_bids >= 2


@repeated_bidder.applies("the bid was not withdrawn", "投标未撤回")
def stands(status: pl.Expr) -> pl.Expr:
    """A withdrawn bid was given up in favour of another."""
    return status != "withdrawn"
