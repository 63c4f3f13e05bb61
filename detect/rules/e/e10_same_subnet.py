"""E10: bids of different bidders were uploaded from neighbouring addresses."""

import polars as pl

from detect.rule import Level, Point, Weight, Words, rule
from features.catalogue import Grain


@rule(
    "E10",
    level=Level.INFO,
    grain=Grain.TIE,
    weight=Weight.CONTEXT,
    point=Point.UPLOAD,
    law=("CN-REG-40-2",),
    en=Words(
        "Same subnet",
        "Both bids were uploaded from one subnet, which {holders_upload_subnet} bidders have ever used, "
        "but not from one address.",
        "Neighbours in one building or district; customers of one carrier.",
    ),
    zh=Words(
        "同网段",
        "两份投标文件从同一网段（不同IP）上传，该网段曾有 {holders_upload_subnet} 家投标人使用。",
        "同一楼宇或片区的邻居；同一运营商的用户。",
    ),
)
def same_subnet(
    shared_upload_subnet: pl.Expr,
    shared_upload_ip: pl.Expr,
    holders_upload_subnet: pl.Expr,
    *,
    max_holders: int = 20,
) -> pl.Expr:
    """Two bids of one tender were uploaded from one subnet, though not from one address.

    Context only: it tells where to look next (rules E10). An equal address is rule E08.

    Limits:
        max_holders: bidders that may ever have used the subnet; more make it a district, no building
            (as for shared networks, FX03).
            | 曾使用该网段的投标人数上限；更多说明其覆盖的是片区而非楼宇。

    """
    neighbours = (shared_upload_subnet > 0) & (shared_upload_ip == 0).fill_null(True)
    return neighbours & (holders_upload_subnet <= max_holders)
