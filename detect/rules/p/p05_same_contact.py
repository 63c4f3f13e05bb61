"""P05: bidders of one tender give the same telephone or e-mail."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "P05",
    level=Level.ORANGE,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.OPENING,
    law=("CN-REG-40-2", "CN-MOF87-37-3"),
    en=Words(
        "Same telephone or e-mail",
        "A telephone number in the guarantee papers of one bidder is the other bidder's own; "
        "{holders_crossed_proposer} bidder(s) had shown it by the deadline.",
        "An accountant, broker or secretary service that answers for several firms; the landlord's "
        "switchboard; a number that changed hands.",
        {
            Level.YELLOW: "Both bidders have the same telephone or e-mail on record, which few others have "
            "shown: {holders_phone} bidder(s) for the telephone, {holders_email} for the "
            "e-mail.",
            Level.INFO: "Both bidders have the same telephone or e-mail on record, as have many others: "
            "{holders_phone} bidder(s) for the telephone, {holders_email} for the e-mail.",
        },
    ),
    zh=Words(
        "联系电话、邮箱一致",
        "一方保函申请材料中的电话即另一方的登记电话；截止前出现该电话的投标人 {holders_crossed_proposer} 家"
        "。",
        "代理记账、经纪或秘书服务机构统一接听；出租方总机；号码转让。",
        {
            Level.YELLOW: "两家投标人登记的电话或邮箱相同，且少有他人使用：电话 {holders_phone} 家、邮箱 "
            "{holders_email} 家。",
            Level.INFO: "两家投标人登记的电话或邮箱相同，但使用者众多：电话 {holders_phone} 家、邮箱 "
            "{holders_email} 家。",
        },
    ),
)
def same_contact(
    shared_phone: pl.Expr,
    shared_email: pl.Expr,
    crossed_contact: pl.Expr,
    crossed_proposer: pl.Expr,
    holders_phone: pl.Expr,
    holders_email: pl.Expr,
    holders_crossed_contact: pl.Expr,
    holders_crossed_proposer: pl.Expr,
    *,
    max_holders: int = 5,
) -> dict[Level, pl.Expr]:
    """Two bidders of one tender have the same telephone or e-mail on record.

    ORANGE where the number stands in the papers of the bid, YELLOW in the register only, INFO where many have
    shown it (rules P05). A contact address is rule R01.

    Limits:
        max_holders: bidders that may ever have shown the contact; more make it a bookkeeper's (rules P05).
            | 曾出现该联系方式的投标人数上限；更多说明其属于代理记账等服务机构。

    """
    seen = [
        (shared_phone, holders_phone),
        (shared_email, holders_email),
        (crossed_contact, holders_crossed_contact),
    ]
    return {
        Level.INFO: pl.any_horizontal(*(s > 0 for s, _ in seen), crossed_proposer > 0),
        Level.YELLOW: pl.any_horizontal((s > 0) & (h <= max_holders) for s, h in seen),
        Level.ORANGE: (crossed_proposer > 0) & (holders_crossed_proposer <= max_holders),
    }
