"""R04: bidders of one tender were registered by one agent or with one contact."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "R04",
    level=Level.YELLOW,
    grain=Grain.TIE,
    weight=Weight.LINK,
    point=Point.OPENING,
    law=("CN-REG-39",),
    en=Words(
        "Same registration agent or contact",
        "Both bidders were registered by one agent or with one contact, shown by few bidders: agent "
        "{holders_registration_agent}, telephone {holders_registration_phone}, e-mail "
        "{holders_registration_email}.",
        "A registration service with few customers among bidders; a lawyer or relative who helped both "
        "founders.",
        {Level.INFO: "Both bidders were registered by one agent or with one contact that many bidders have "
                     "shown: agent {holders_registration_agent}, telephone {holders_registration_phone}, "
                     "e-mail {holders_registration_email}."},
    ),
    zh=Words(
        "同一代办人或登记联系方式",
        "两家投标人由同一人代办登记或登记联系方式相同，且少有他人使用：代办人 {holders_registration_agent} "
        "家、电话 {holders_registration_phone} 家、邮箱 {holders_registration_email} 家。",
        "投标人中客户较少的注册代办机构；协助双方设立的律师或亲友。",
        {Level.INFO: "两家投标人由同一人代办登记或登记联系方式相同，但使用者众多：代办人 "
                     "{holders_registration_agent} 家、电话 {holders_registration_phone} 家、邮箱 "
                     "{holders_registration_email} 家。"},
    ),
)  # fmt: skip
def same_registration_contact(
    shared_registration_agent: pl.Expr,
    shared_registration_phone: pl.Expr,
    shared_registration_email: pl.Expr,
    holders_registration_agent: pl.Expr,
    holders_registration_phone: pl.Expr,
    holders_registration_email: pl.Expr,
    *,
    max_holders: int = 5,
) -> dict[Level, pl.Expr]:
    """Two bidders of one tender were registered by one agent, or with one telephone or e-mail.

    YELLOW where few bidders show it, INFO where many do: it is then a registration service (rules R04, P05).

    Limits:
        max_holders: bidders that may have shown it; more make it a registration service (rules P05).
            | 曾出现该登记信息的投标人数上限；更多说明其为注册代办机构。

    """
    seen = [
        (shared_registration_agent, holders_registration_agent),
        (shared_registration_phone, holders_registration_phone),
        (shared_registration_email, holders_registration_email),
    ]
    return {
        Level.INFO: pl.any_horizontal(s > 0 for s, _ in seen),
        Level.YELLOW: pl.any_horizontal((s > 0) & (h <= max_holders) for s, h in seen),
    }
