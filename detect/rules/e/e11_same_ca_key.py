"""E11: one CA key acted for different bidders."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E11",
    level=Level.RED,
    grain=Grain.TIE,
    weight=Weight.FACT,
    point=Point.UPLOAD,
    law=("CN-REG-40-2", "CN-ESL-13"),
    en=Words(
        "Same CA key",
        "One CA key signed, encrypted or decrypted for both bidders.",
        "A key lent in an emergency at the opening; a service hall's test key that is not on the list yet.",
    ),
    zh=Words(
        "同一CA锁办理多家投标",
        "同一把CA锁为两家投标人签章、加密或解密。",
        "开标现场应急借用；尚未列入清单的服务大厅测试锁。",
    ),
)
def same_ca_key(shared_ca_key: pl.Expr) -> pl.Expr:
    """One CA key acted for two bidders of one tender.

    A reliable signature is its owner's alone (rules E11). Keys of service halls are taken out first (FX08).
    """
    return shared_ca_key > 0
