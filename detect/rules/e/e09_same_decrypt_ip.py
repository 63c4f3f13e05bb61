"""E09: bids of different bidders were decrypted from one address."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E09",
    level=Level.YELLOW,
    grain=Grain.TIE,
    weight=Weight.PATTERN,
    point=Point.OPENING,
    law=("CN-REG-40-2",),
    en=Words(
        "Same IP at decryption",
        "Both bids were decrypted from one public IP address.",
        "Both firms attend the opening from one bidding service hall, hotel or office park.",
    ),
    zh=Words(
        "解密（开标签到）同IP",
        "两份投标文件从同一公网IP解密。",
        "两家企业在同一服务大厅、酒店或园区远程参加开标。",
    ),
)
def same_decrypt_ip(shared_decrypt_ip: pl.Expr) -> pl.Expr:
    """Two bids of one tender were decrypted from one public IP address.

    Weaker than at upload, since openings bring people together. Centre devices and shared networks are taken
    out first (FX02, FX03).
    """
    return shared_decrypt_ip > 0
