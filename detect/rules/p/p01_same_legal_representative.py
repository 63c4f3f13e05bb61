"""P01: two bidders of one tender have the same person in charge."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "P01",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.OPENING,
    law=("CN-REG-34-2", "CN-GPR-18"),
    en=Words(
        "Same legal representative",
        "Both bidders had the same legal representative when bids closed.",
        "A change of representative that reached the register late; lots that the source does not tell "
        "apart.",
        {
            Level.INFO: "The legal representatives of both bidders bear the same name; whether they are one "
            "person is not on record."
        },
    ),
    zh=Words(
        "单位负责人为同一人",
        "投标截止时，两家投标人的法定代表人为同一人。",
        "法定代表人变更登记滞后；来源数据未区分标段。",
        {Level.INFO: "两家投标人的法定代表人同名；是否为同一人未见记录。"},
    ),
)
def same_legal_representative(
    shared_legal_rep: pl.Expr, shared_legal_rep_name: pl.Expr
) -> dict[Level, pl.Expr]:
    """Two bidders for one lot had the same legal representative when bids closed.

    Ties join what was in force at the deadline (FX14), inside one lot (FX12). Persons are matched
    by a hashed id. Where an id is missing on one side, equal names are INFO (FX15): namesakes are
    common. Where both ids are known, they decide.
    """
    same_person, same_name = shared_legal_rep > 0, shared_legal_rep_name > 0
    return {Level.RED: same_person.fill_null(False), Level.INFO: same_person.fill_null(same_name)}
